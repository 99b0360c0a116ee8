//! Groups of vectors that move together, so that the latency of one hides behind the others.

/// How many vectors form a group: mostly four; two for `f32` lanes, of which a vector holds more.
pub trait Group: Copy + 'static {
    /// A group of these.
    type Of<U: Copy>: Copy;

    const COUNT: usize;

    fn from_fn<U: Copy>(f: impl Fn(usize) -> U) -> Self::Of<U>;
    fn for_each<U: Copy>(group: Self::Of<U>, f: impl FnMut((usize, U)));
    fn fold<U: Copy>(group: Self::Of<U>, f: impl Fn(U, U) -> U) -> U;
    fn map<U: Copy, W: Copy>(group: Self::Of<U>, f: impl Fn(U) -> W) -> Self::Of<W>;
    fn zip<U: Copy, V: Copy, W: Copy>(a: Self::Of<U>, b: Self::Of<V>, f: impl Fn(U, V) -> W) -> Self::Of<W>;
    fn zip3<U: Copy, V: Copy, W: Copy, X: Copy>(
        a: Self::Of<U>,
        b: Self::Of<V>,
        c: Self::Of<W>,
        f: impl Fn(U, V, W) -> X,
    ) -> Self::Of<X>;
}

/// Two vectors.
#[derive(Clone, Copy)]
pub struct Pair;

/// Four vectors.
#[derive(Clone, Copy)]
pub struct Quad;

impl Group for Pair {
    type Of<U: Copy> = [U; 2];

    const COUNT: usize = 2;

    #[inline(always)]
    fn from_fn<U: Copy>(f: impl Fn(usize) -> U) -> Self::Of<U> {
        [f(0), f(1)]
    }

    #[inline(always)]
    fn for_each<U: Copy>([a, b]: Self::Of<U>, mut f: impl FnMut((usize, U))) {
        f((0, a));
        f((1, b));
    }

    #[inline(always)]
    fn fold<U: Copy>([a, b]: Self::Of<U>, f: impl Fn(U, U) -> U) -> U {
        f(a, b)
    }

    #[inline(always)]
    fn map<U: Copy, W: Copy>([a, b]: Self::Of<U>, f: impl Fn(U) -> W) -> Self::Of<W> {
        [f(a), f(b)]
    }

    #[inline(always)]
    fn zip<U: Copy, V: Copy, W: Copy>(
        [a, b]: Self::Of<U>,
        [c, d]: Self::Of<V>,
        f: impl Fn(U, V) -> W,
    ) -> Self::Of<W> {
        [f(a, c), f(b, d)]
    }

    #[inline(always)]
    fn zip3<U: Copy, V: Copy, W: Copy, X: Copy>(
        [a, b]: Self::Of<U>,
        [c, d]: Self::Of<V>,
        [e, g]: Self::Of<W>,
        f: impl Fn(U, V, W) -> X,
    ) -> Self::Of<X> {
        [f(a, c, e), f(b, d, g)]
    }
}

impl Group for Quad {
    type Of<U: Copy> = [U; 4];

    const COUNT: usize = 4;

    #[inline(always)]
    fn from_fn<U: Copy>(f: impl Fn(usize) -> U) -> Self::Of<U> {
        [f(0), f(1), f(2), f(3)]
    }

    #[inline(always)]
    fn for_each<U: Copy>([a, b, c, d]: Self::Of<U>, mut f: impl FnMut((usize, U))) {
        f((0, a));
        f((1, b));
        f((2, c));
        f((3, d));
    }

    #[inline(always)]
    fn fold<U: Copy>([a, b, c, d]: Self::Of<U>, f: impl Fn(U, U) -> U) -> U {
        f(f(a, b), f(c, d))
    }

    #[inline(always)]
    fn map<U: Copy, W: Copy>([a, b, c, d]: Self::Of<U>, f: impl Fn(U) -> W) -> Self::Of<W> {
        [f(a), f(b), f(c), f(d)]
    }

    #[inline(always)]
    fn zip<U: Copy, V: Copy, W: Copy>(
        [a, b, c, d]: Self::Of<U>,
        [e, g, h, i]: Self::Of<V>,
        f: impl Fn(U, V) -> W,
    ) -> Self::Of<W> {
        [f(a, e), f(b, g), f(c, h), f(d, i)]
    }

    #[inline(always)]
    fn zip3<U: Copy, V: Copy, W: Copy, X: Copy>(
        [a, b, c, d]: Self::Of<U>,
        [e, g, h, i]: Self::Of<V>,
        [j, k, l, m]: Self::Of<W>,
        f: impl Fn(U, V, W) -> X,
    ) -> Self::Of<X> {
        [f(a, e, j), f(b, g, k), f(c, h, l), f(d, i, m)]
    }
}
