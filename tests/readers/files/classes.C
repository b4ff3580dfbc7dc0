// Writes classes.root with ROOT: root -l -b -q classes.C+
// Trees of objects as ROOT itself writes them, which uproot cannot write. Row i of 5 holds numbers made of i.
#include <Math/Vector3D.h>
#include <Math/Vector4D.h>
#include <ROOT/RNTupleModel.hxx>
#include <ROOT/RNTupleWriter.hxx>
#include <TClonesArray.h>
#include <TFile.h>
#include <TH1F.h>
#include <TLorentzVector.h>
#include <TTree.h>
#include <TVector2.h>
#include <TVector3.h>

#include <bitset>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

enum Flavour : int { kLight, kHeavy };
struct Hit {
  float x;
  int layer;
};
struct Track {
  float pt;
  std::vector<Hit> hits;
  Hit first;
};
class Jet : public TObject {
 public:
  float PT = 0;
  float Tau[3] = {0, 0, 0};
  TLorentzVector P4;
  ClassDef(Jet, 1)
};
ClassImp(Jet)

#ifdef __CLING__
#pragma link C++ class Hit + ;
#pragma link C++ class Track + ;
#pragma link C++ class Jet + ;
#pragma link C++ class std::vector<Hit> + ;
#pragma link C++ class std::vector<Track> + ;
#pragma link C++ class std::vector<std::vector<float>> + ;
#pragma link C++ class std::vector<std::vector<std::string>> + ;
#pragma link C++ class std::map<std::string, double> + ;
#pragma link C++ class std::pair<float, int> + ;
#pragma link C++ class std::vector<TLorentzVector> + ;
#pragma link C++ class std::vector<ROOT::Math::PtEtaPhiEVector> + ;
#pragma link C++ class std::bitset<8> + ;
#pragma link C++ class std::deque<float> + ;
#pragma link C++ class std::set<int> + ;
#endif

void objects(const char* name, int split) {
  TTree tree(name, "");
  int y;
  TLorentzVector p4;
  TVector2 v2;
  TVector3 v3;
  ROOT::Math::XYZTVector xyzt;
  ROOT::Math::PtEtaPhiMVector polar;
  ROOT::Math::XYZVector xyz;
  std::vector<TLorentzVector> jets;
  std::vector<ROOT::Math::PtEtaPhiEVector> leptons;
  TClonesArray clones("TLorentzVector"), tagged("Jet");
  TClonesArray *at_clones = &clones, *at_tagged = &tagged;
  std::pair<float, int> pair;
  Track best;
  std::vector<Track> tracks;
  Track* at_best = &best;
  tree.Branch("y", &y);
  tree.Branch("p4", "TLorentzVector", &p4, 32000, split);
  tree.Branch("v2", "TVector2", &v2, 32000, split);
  tree.Branch("v3", "TVector3", &v3, 32000, split);
  tree.Branch("xyzt", &xyzt, 32000, split);
  tree.Branch("polar", &polar, 32000, split);
  tree.Branch("xyz", &xyz, 32000, split);
  tree.Branch("jets", &jets, 32000, split);
  tree.Branch("leptons", &leptons, 32000, split);
  tree.Branch("clones", &at_clones, 32000, split);
  tree.Branch("Jet", &at_tagged, 32000, split);
  tree.Branch("pair", &pair, 32000, split);
  tree.Branch("best", "Track", &at_best, 32000, split);
  tree.Branch("tracks", &tracks, 32000, split);
  for (int i = 0; i < 5; ++i) {
    y = i % 2;
    p4.SetPxPyPzE(i, i + 1, i + 2, i + 10);
    v2.Set(double(i), double(-i));
    v3.SetXYZ(i, 2 * i, 3 * i);
    xyzt.SetXYZT(i, i + 1, i + 2, i + 10);
    polar = ROOT::Math::PtEtaPhiMVector(i + 10, 0.25 * i, 0.5, 5);
    xyz.SetXYZ(i, i + 1, i + 2);
    jets.clear();
    leptons.clear();
    tracks.clear();
    clones.Clear();
    tagged.Clear();
    for (int k = 0; k < i % 3; ++k) {
      jets.emplace_back(k, i, 0, 20 + k);
      leptons.emplace_back(20 + k, 0.5, k, 30);
      new (clones[k]) TLorentzVector(k, i, 1, 30);
      auto jet = static_cast<Jet*>(tagged.ConstructedAt(k));
      jet->PT = 20 + k;
      jet->Tau[0] = k;
      jet->P4.SetPxPyPzE(1, 2, 3, i);
      tracks.push_back({1.f * k, {{1, 2}, {3, k}}, {5, k}});
    }
    pair = {1.5f * i, i};
    best = {2, {{1, i}}, {3, i}};
    tree.Fill();
  }
  tree.Write();
}

void types() {
  TTree tree("types", "");
  int n;
  std::vector<std::vector<float>> nested;
  std::vector<std::string> words;
  std::string word;
  char letters[8];
  bool flags[3];
  Double32_t packed_double;
  Float16_t packed_float;
  ULong64_t huge;
  std::bitset<8> bits;
  std::map<std::string, double> map;
  std::set<int> set;
  std::deque<float> deque;
  TH1F histogram("h", "", 2, 0, 1);
  histogram.SetDirectory(nullptr);
  TH1F* at_histogram = &histogram;
  Hit leaves;
  float fixed[2][3], some[10];
  std::vector<bool> flag_list;
  tree.Branch("n", &n);
  tree.Branch("nested", &nested);
  tree.Branch("words", &words);
  tree.Branch("word", &word);
  tree.Branch("letters", letters, "letters/C");
  tree.Branch("flags", flags, "flags[3]/O");
  tree.Branch("flag_list", &flag_list);
  tree.Branch("packed_double", &packed_double, "packed_double/d[0,100,12]");
  tree.Branch("packed_float", &packed_float, "packed_float/f[0,100,12]");
  tree.Branch("huge", &huge, "huge/l");
  tree.Branch("bits", &bits);
  tree.Branch("map", &map);
  tree.Branch("set", &set);
  tree.Branch("deque", &deque);
  tree.Branch("histogram", "TH1F", &at_histogram, 32000, 0);
  tree.Branch("leaves", &leaves, "x/F:layer/I");
  tree.Branch("fixed", fixed, "fixed[2][3]/F");
  tree.Branch("some", some, "some[n]/F");
  tree.Branch("odd na/me", &n, "odd/I");
  tree.Branch("twice", &n, "twice/I");
  tree.Branch("twice", &leaves.x, "twice/F");
  for (int i = 0; i < 5; ++i) {
    n = i;
    nested.assign(i % 3, {0.5f * i, 2});
    words.assign(i % 3, "ab");
    word = std::string(i, 'q');
    snprintf(letters, 8, "t%d", i);
    flags[0] = flags[1] = false;
    flags[2] = i % 2;
    flag_list.assign(i % 3, true);
    packed_double = packed_float = 10 * i;
    huge = (1ULL << 63) + i;
    bits = i;
    map = {{"k", 0.5 * i}};
    set = {i, i + 1};
    deque.assign(i % 3, 1);
    leaves = {0.5f * i, i};
    for (int k = 0; k < 6; ++k) fixed[k / 3][k % 3] = some[k] = i + k;
    if (i == 2) tree.Branch("late", &n, "late/I");
    tree.Fill();
  }
  tree.Write();
}

void ntuple(TFile& file) {
  auto model = ROOT::RNTupleModel::Create();
  auto y = model->MakeField<int>("y");
  auto p4 = model->MakeField<ROOT::Math::PtEtaPhiMVector>("p4");
  auto hits = model->MakeField<std::vector<Hit>>("hits");
  auto tracks = model->MakeField<std::vector<Track>>("tracks");
  auto pair = model->MakeField<std::pair<float, int>>("pair");
  auto tuple = model->MakeField<std::tuple<int, float>>("tuple");
  auto variant = model->MakeField<std::variant<int, float>>("variant");
  auto optional = model->MakeField<std::optional<float>>("optional");
  auto bits = model->MakeField<std::bitset<8>>("bits");
  auto map = model->MakeField<std::map<std::string, double>>("map");
  auto flavour = model->MakeField<Flavour>("flavour");
  auto huge = model->MakeField<std::uint64_t>("huge");
  auto writer = ROOT::RNTupleWriter::Append(std::move(model), "ntuple", file);
  for (int i = 0; i < 5; ++i) {
    *y = i % 2;
    *p4 = ROOT::Math::PtEtaPhiMVector(i + 10, 0.25 * i, 0.5, 5);
    hits->clear();
    tracks->clear();
    for (int k = 0; k < i % 3; ++k) {
      hits->push_back({1.f * k, i});
      tracks->push_back({1.f * k, {{1, 2}, {3, k}}, {5, k}});
    }
    *pair = {1.5f * i, i};
    *tuple = {i, 0.5f * i};
    if (i % 2) *variant = i;
    else *variant = 0.5f;
    if (i % 2) *optional = i;
    else optional->reset();
    *bits = i;
    *map = {{"k", 0.5 * i}};
    *flavour = kHeavy;
    *huge = (1ULL << 63) + i;
    writer->Fill();
  }
}

void classes() {
  TFile file("classes.root", "RECREATE");
  objects("split", 99);
  objects("half", 1);
  objects("whole", 0);
  types();
  ntuple(file);
  file.Close();
}
