//! Products of matrices as they occur in recurrent networks: few rows, weights that stay the same for many steps.
//!
//! A tile of the result stays in registers while the product runs over its depth. Each element is the sum over the depth
//! in ascending order, so its bits do not depend on how many rows there are, nor on which tile it falls into.

use super::vectors::{MOST_LANES, Simd, Vector, lanes, load, mul_add, padded, splat, store};

/// How many vectors a panel is wide.
const WIDTH: usize = 2;

/// A matrix with padded columns, cut into panels of two vectors of columns; a panel holds its rows one after another.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    depth: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Of a matrix whose rows consist of `blocks` blocks, each padded by itself.
    pub(super) fn pack<'a, S: Simd>(
        _: S,
        depth: usize,
        blocks: usize,
        width: usize,
        row: impl Fn(usize) -> &'a [f32],
    ) -> Self {
        let (lanes, padded) = (lanes::<S>(), padded::<S>(width));
        let columns = blocks * padded;
        let mut values = vec![0.0; depth * columns];
        for k in 0..depth {
            let row = row(k);
            for block in 0..blocks {
                let row = &row[block * width..(block + 1) * width];
                for (i, piece) in row.chunks(lanes).enumerate() {
                    let column = block * padded + i * lanes;
                    let panel = column / (WIDTH * lanes) * (WIDTH * lanes);
                    let panel_width = (columns - panel).min(WIDTH * lanes);
                    let at = panel * depth + k * panel_width + (column - panel);
                    values[at..at + piece.len()].copy_from_slice(piece);
                }
            }
        }
        Self {
            depth,
            columns,
            values,
        }
    }

    /// Each panel with the column that it starts at.
    fn panels(&self, lanes: usize) -> impl Iterator<Item = (usize, &[f32])> {
        let width = WIDTH * lanes;
        (0..self.columns).step_by(width).map(move |column| {
            let end = (column + width).min(self.columns);
            (column, &self.values[column * self.depth..end * self.depth])
        })
    }
}

/// Rows of a matrix, one every `stride` elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
}

/// What a product is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing.
    Zero,
    /// The first row of the panels: the biases.
    FirstRow,
    /// What is there already.
    Output,
}

/// Where the columns of a product go: each block of them has its own rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// How many columns belong to a block.
    pub(super) width: usize,
    /// Where each block starts.
    pub(super) blocks: &'a [usize],
    /// From a row of a block to the next.
    pub(super) stride: usize,
}

impl Place<'_> {
    fn of(&self, column: usize) -> usize {
        self.blocks[column / self.width] + column % self.width
    }
}

/// Rows of one step in time: how many there are, where they start, and where the results start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) rows: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Multiplies the rows of some steps by the panels from depth `from` on. A row consists of pieces of `depth` elements, one
/// from each source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Product<'a> {
    pub(super) panels: &'a Panels,
    pub(super) from: usize,
    pub(super) depth: usize,
    /// Where the first row's pieces are.
    pub(super) sources: &'a [usize],
    pub(super) start: Start,
    pub(super) place: Place<'a>,
}

impl Product<'_> {
    /// Adds the products of the rows of some steps, so that the weights are read once for all of them.
    #[inline(never)]
    pub(super) fn run<S: Simd>(&self, simd: S, a: Rows<'_>, steps: &[Step], out: &mut [f32]) {
        simd.vectorize(
            #[inline(always)]
            || {
                for (column, panel) in self.panels.panels(lanes::<S>()) {
                    let wide = panel.len() > lanes::<S>() * self.panels.depth;
                    for &Step { rows, from, to } in steps {
                        let a = Rows {
                            values: &a.values[from..],
                            ..a
                        };
                        if wide {
                            self.panel::<S, 2>(simd, a, rows, panel, column, &mut out[to..]);
                        } else {
                            self.panel::<S, 1>(simd, a, rows, panel, column, &mut out[to..]);
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn panel<S: Simd, const V: usize>(
        &self,
        simd: S,
        a: Rows<'_>,
        rows: usize,
        panel: &[f32],
        column: usize,
        out: &mut [f32],
    ) {
        let mut row = 0;
        while rows - row >= 8 {
            self.tile::<S, 8, V>(simd, a, row, panel, column, out);
            row += 8;
        }
        if rows - row >= 4 {
            self.tile::<S, 4, V>(simd, a, row, panel, column, out);
            row += 4;
        }
        if rows - row >= 2 {
            self.tile::<S, 2, V>(simd, a, row, panel, column, out);
            row += 2;
        }
        if rows > row {
            self.tile::<S, 1, V>(simd, a, row, panel, column, out);
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        a: Rows<'_>,
        row: usize,
        panel: &[f32],
        column: usize,
        out: &mut [f32],
    ) {
        let lanes = lanes::<S>();
        let depth = self.depth;
        let places: [usize; V] =
            std::array::from_fn(|v| self.place.of(column + v * lanes) + row * self.place.stride);
        let zero = splat(simd, 0.0);
        let mut sums: [[Vector<S>; V]; R] = match self.start {
            Start::Zero => [[zero; V]; R],
            Start::FirstRow => [std::array::from_fn(|v| load(simd, &panel[v * lanes..])); R],
            Start::Output => std::array::from_fn(|r| {
                std::array::from_fn(|v| load(simd, &out[places[v] + r * self.place.stride..]))
            }),
        };
        let pieces = panel[self.from * V * lanes..].chunks_exact((depth * V * lanes).max(1));
        for (source, panel) in self.sources.iter().zip(pieces) {
            let rows: [&[f32]; R] =
                std::array::from_fn(|r| &a.values[source + (row + r) * a.stride..][..depth]);
            for (k, weights) in panel.chunks_exact(V * lanes).enumerate().take(depth) {
                let weights: [Vector<S>; V] = std::array::from_fn(|v| load(simd, &weights[v * lanes..]));
                for (row, sums) in rows.iter().zip(&mut sums) {
                    let factor = splat(simd, row[k]);
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = mul_add::<S>(factor, weight, *sum);
                    }
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                store::<S>(sums[r][v], &mut out[places[v] + r * self.place.stride..]);
            }
        }
    }
}

/// A piece of a matrix of which a product takes the transpose: `depth` rows of `width` columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transposed<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) depth: usize,
    pub(super) width: usize,
}

/// `sums += aᵀ·b`, where `b` has as many columns as one or two vectors have lanes and lies row after row, and the sums
/// start at `column` of rows that are `stride` long.
#[inline(never)]
pub(super) fn add_outer<S: Simd>(
    simd: S,
    a: Transposed<'_>,
    b: &[f32],
    vectors: usize,
    sums: &mut [f32],
    column: usize,
    stride: usize,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            if vectors == 2 {
                outer_panel::<S, 2>(simd, a, b, sums, column, stride);
            } else {
                outer_panel::<S, 1>(simd, a, b, sums, column, stride);
            }
        },
    );
}

#[inline(always)]
fn outer_panel<S: Simd, const V: usize>(
    simd: S,
    a: Transposed<'_>,
    b: &[f32],
    sums: &mut [f32],
    column: usize,
    stride: usize,
) {
    let mut i = 0;
    while a.width - i >= 8 {
        outer_tile::<S, 8, V>(simd, a, i, b, &mut sums[i * stride + column..], stride);
        i += 8;
    }
    if a.width - i >= 4 {
        outer_tile::<S, 4, V>(simd, a, i, b, &mut sums[i * stride + column..], stride);
        i += 4;
    }
    if a.width - i >= 2 {
        outer_tile::<S, 2, V>(simd, a, i, b, &mut sums[i * stride + column..], stride);
        i += 2;
    }
    if a.width > i {
        outer_tile::<S, 1, V>(simd, a, i, b, &mut sums[i * stride + column..], stride);
    }
}

#[inline(always)]
fn outer_tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    a: Transposed<'_>,
    i: usize,
    b: &[f32],
    out: &mut [f32],
    stride: usize,
) {
    let lanes = lanes::<S>();
    let mut sums: [[Vector<S>; V]; R] =
        std::array::from_fn(|r| std::array::from_fn(|v| load(simd, &out[r * stride + v * lanes..])));
    let rows = a.rows.values.chunks(a.rows.stride).take(a.depth);
    for (row, b) in rows.zip(b.chunks_exact(V * lanes)) {
        let row = &row[i..i + R];
        let b: [Vector<S>; V] = std::array::from_fn(|v| load(simd, &b[v * lanes..]));
        for (factor, sums) in row.iter().zip(&mut sums) {
            let factor = splat(simd, *factor);
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = mul_add::<S>(factor, b, *sum);
            }
        }
    }
    for r in 0..R {
        for v in 0..V {
            store::<S>(sums[r][v], &mut out[r * stride + v * lanes..]);
        }
    }
}

/// The transpose of a matrix of `rows` rows.
pub(super) fn transpose(matrix: &[f32], rows: usize) -> Vec<f32> {
    let columns = matrix.len().checked_div(rows).unwrap_or(0);
    let mut transposed = vec![0.0; matrix.len()];
    // In squares, so that what is read and what is written both stay in the cache.
    for row in (0..rows).step_by(MOST_LANES) {
        for column in (0..columns).step_by(MOST_LANES) {
            for i in row..rows.min(row + MOST_LANES) {
                for j in column..columns.min(column + MOST_LANES) {
                    transposed[j * rows + i] = matrix[i * columns + j];
                }
            }
        }
    }
    transposed
}

#[cfg(test)]
mod tests {
    use super::super::vectors::{Vectorised, run_on_all};
    use super::*;

    fn number(i: usize) -> f32 {
        ((i * 37 + 11) % 29) as f32 - 14.0
    }

    /// Whole numbers, so that every order of summation gives the same bits.
    #[derive(Clone)]
    struct Case {
        rows: usize,
        depth: usize,
        blocks: usize,
        width: usize,
    }

    impl Vectorised for Case {
        type Output = ();

        fn run<S: Simd>(self, simd: S) {
            let Case {
                rows,
                depth,
                blocks,
                width,
            } = self;
            let a: Vec<f32> = (0..rows * depth).map(number).collect();
            let b: Vec<f32> = (0..depth * blocks * width).map(|i| number(i + 5)).collect();
            let columns = blocks * width;
            let panels = Panels::pack(simd, depth, blocks, width, |k| &b[k * columns..(k + 1) * columns]);
            let padded = padded::<S>(width);
            let starts: Vec<usize> = (0..blocks).map(|block| block * rows * padded).collect();
            let place = Place {
                width: padded,
                blocks: &starts,
                stride: padded,
            };
            let mut out = vec![1.0; blocks * rows * padded];
            let product = Product {
                panels: &panels,
                from: 0,
                depth,
                sources: &[0],
                start: Start::Output,
                place,
            };
            let rows_of_a = Rows {
                values: &a,
                stride: depth,
            };
            let step = Step { rows, from: 0, to: 0 };
            product.run(simd, rows_of_a, &[step], &mut out);
            for block in 0..blocks {
                for r in 0..rows {
                    for j in 0..width {
                        let expected: f32 = (0..depth)
                            .map(|k| a[r * depth + k] * b[k * columns + block * width + j])
                            .sum();
                        assert_eq!(
                            out[(block * rows + r) * padded + j],
                            expected + 1.0,
                            "{rows}·{depth}·{blocks}·{width}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn products_are_sums_of_products() {
        for rows in [1, 2, 3, 7, 8, 9, 15, 16] {
            for (depth, blocks, width) in [
                (1, 1, 1),
                (3, 4, 5),
                (5, 1, 16),
                (7, 3, 17),
                (2, 4, 32),
                (1, 1, 33),
            ] {
                run_on_all(Case {
                    rows,
                    depth,
                    blocks,
                    width,
                });
            }
        }
    }

    #[derive(Clone)]
    struct Outer {
        depth: usize,
        width: usize,
        vectors: usize,
    }

    impl Vectorised for Outer {
        type Output = ();

        fn run<S: Simd>(self, simd: S) {
            let columns = self.vectors * lanes::<S>();
            let a: Vec<f32> = (0..self.depth * self.width).map(number).collect();
            let b: Vec<f32> = (0..self.depth * columns).map(|i| number(i + 3)).collect();
            let mut sums = vec![1.0; self.width * columns];
            let transposed = Transposed {
                rows: Rows {
                    values: &a,
                    stride: self.width,
                },
                depth: self.depth,
                width: self.width,
            };
            add_outer(simd, transposed, &b, self.vectors, &mut sums, 0, columns);
            for i in 0..self.width {
                for j in 0..columns {
                    let expected: f32 = (0..self.depth)
                        .map(|k| a[k * self.width + i] * b[k * columns + j])
                        .sum();
                    assert_eq!(sums[i * columns + j], expected + 1.0);
                }
            }
        }
    }

    #[test]
    fn outer_products_add_up() {
        for depth in [1, 2, 9] {
            for width in [1, 2, 3, 5, 7, 8, 9, 16, 17] {
                for vectors in [1, 2] {
                    run_on_all(Outer {
                        depth,
                        width,
                        vectors,
                    });
                }
            }
        }
    }

    #[test]
    fn a_transpose_turns_rows_into_columns() {
        for (rows, columns) in [(0, 0), (1, 5), (17, 3), (16, 33)] {
            let matrix: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let transposed = transpose(&matrix, rows);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(transposed[j * rows + i], matrix[i * columns + j]);
                }
            }
        }
    }
}
