"""Files on other machines, by URL: they are listed, looked at and downloaded, never read in place.

A download is one stream from start to end, which every server can give; it is resumed where a connection was lost,
and complete before anything reads it. Reading in place would need many small requests, several times for each file,
and could meet another version in the middle of a conversion.
"""
