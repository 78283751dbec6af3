//! Kind `transform`: makes a batch out of a batch.

use crate::arrow::{Batch, Rows, Schema};
use crate::{Call, Plugin, Result};

/// Makes a batch out of a batch. What comes out depends on that batch alone, so that it does not matter where
/// batches end.
pub trait Transform: Plugin {
    /// Whether its rows may, while the platform is degraded, be kept untransformed and be done later. Not for
    /// a transform that hides something.
    const ALLOWS_PASS_THROUGH: bool = false;

    /// Fixes the columns that come in, and says which go out. Once per instance.
    ///
    /// # Errors
    /// `InvalidConfig`, with the name of the column, if the configuration does not fit: [`Schema::require`].
    fn bind(&mut self, stream: &str, input: &Schema, call: &Call<'_>) -> Result<Schema>;

    /// Transforms one batch. Columns that stay as they are go on by [`Column::pass`](crate::Column::pass). A
    /// row that cannot be transformed is left out and put into the rejects, with its index in the input.
    ///
    /// # Errors
    /// Whatever the reason, the input stays the host's, which may give it again. `BadRecord` says that a row
    /// is wrong and that the plugin cannot tell which: the host halves the batch until it knows.
    fn apply<'a>(&mut self, input: &Batch<'a>, call: &Call<'_>) -> Result<Rows<'a>>;
}
