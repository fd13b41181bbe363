"""What a line is asked at: random points of many lengths, exact or in intervals, and the smallest example at which it differs."""
