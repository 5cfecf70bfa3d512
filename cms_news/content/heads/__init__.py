"""The three languages of a head: how each is read, written and changed in place."""
