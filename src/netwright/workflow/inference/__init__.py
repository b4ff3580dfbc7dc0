"""What a result needs: expected events, the rows of each class with their scores, systematic variations, remarks."""
