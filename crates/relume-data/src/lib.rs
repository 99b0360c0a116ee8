//! Data sets for relume: embedded digits, image folders, IDX, CSV and npz, with seeded splits.
