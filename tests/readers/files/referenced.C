// Writes referenced.root with ROOT: root -l -b -q referenced.C
// Particles in a TClonesArray, of which the first of each event is referenced (TRef), as in the output of Delphes: ROOT
// writes the number of the process behind the bits of a referenced object.
#include "TClonesArray.h"
#include "TFile.h"
#include "TLorentzVector.h"
#include "TRef.h"
#include "TTree.h"

void referenced() {
  TFile file("referenced.root", "RECREATE");
  TTree tree("Delphes", "");
  TClonesArray *particles = new TClonesArray("TLorentzVector");
  TRef first;
  tree.Branch("Particle", &particles, 64000);
  tree.Branch("First", &first);
  for (int i = 0; i < 5; ++i) {
    particles->Clear("C");
    for (int k = 0; k < i % 3; ++k) new ((*particles)[k]) TLorentzVector(k, i, 1, 30);
    first = particles->GetEntriesFast() ? particles->At(0) : nullptr;
    tree.Fill();
  }
  tree.Write();
  file.Close();
}
