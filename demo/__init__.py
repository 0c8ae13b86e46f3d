"""`make demo`: a station with two weeks behind it and a device beside it, on this machine alone."""
