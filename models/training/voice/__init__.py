"""What the two voice networks share: clips and the log-mel front end inside the graph."""
