"""The op level: every operation of the tape."""
