"""What `netwright init` proposes beyond the columns: samples, classes, parts, variations, cross sections, a search."""
