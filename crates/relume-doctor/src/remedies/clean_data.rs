//! Data without NaN.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static CLEAN_DATA: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "clean_data",
        "Clean the data: leave out or replace what is NaN or infinite, in inputs and targets.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# x, t: inputs and targets of the training data\n\
         sound = x.isfinite().flatten(1).all(1) & t.float().isfinite().reshape(len(t), -1).all(1)\n\
         x, t = x[sound], t[sound]\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# x, t: inputs and targets of the training data, as NumPy arrays\n\
         sound = np.isfinite(x).reshape(len(x), -1).all(1) & np.isfinite(t).reshape(len(t), -1).all(1)\n\
         x, t = x[sound], t[sound]\n"
            .into(),
    )
}
