"""Searches: trials and the processes that train them, the result, its sentences, figures and page."""
