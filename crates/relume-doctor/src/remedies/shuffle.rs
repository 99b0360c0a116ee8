//! Data in another order each time.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static SHUFFLE: RemedyDefinition = RemedyDefinition {
    pytorch,
    ..RemedyDefinition::new("shuffle", "Shuffle the data before each pass.")
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)\n".into())
}
