"""The labelled benchmark of the doctor: training runs whose trouble, or the lack of it, is known."""
