"""Simulated rows: top and QCD jets from Pythia, and random four-vectors for the mass exercise."""
