"""Tests of the order of rooms: planted circles are found, and what only looks like one is not."""

import pathlib
import tempfile
import unittest

import rooms


def written(files):
    """A folder with these files, by name; the folder lives as long as the object."""
    folder = tempfile.TemporaryDirectory()
    for name, text in files.items():
        path = pathlib.Path(folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def rust(files):
    with written(files) as folder:
        return list(rooms.RustCrate(pathlib.Path(folder)).mentions())


def python(files):
    with written(files) as folder:
        return list(rooms.PythonPackages(pathlib.Path(folder)).mentions())


class Rust(unittest.TestCase):
    def circle(self, files):
        """The rooms of the only circle, in the order in which it is reported."""
        (line,) = rooms.circles(rust(files))
        return [step.split(" (")[0] for step in line.split(": ", 1)[1].split(", ")]

    def test_a_circle_of_two_files_is_found(self):
        files = {"lib.rs": "mod a; mod b;", "a.rs": "use crate::b::B;", "b.rs": "pub struct B; use super::a;"}
        self.assertEqual(self.circle(files), ["a → b", "b → a"])

    def test_a_circle_through_three_files_is_found(self):
        files = {
            "lib.rs": "mod a; mod b; mod c;",
            "a.rs": "fn f() { crate::b::g() }",
            "b.rs": "pub fn g() { crate::c::h() }",
            "c.rs": "pub fn h() { super::a::f() }",
        }
        self.assertEqual(self.circle(files), ["a → b", "b → c", "c → a"])

    def test_a_reexport_is_followed_to_the_file_that_defines(self):
        files = {
            "lib.rs": "mod a; mod b; pub use a::A;",
            "a.rs": "pub struct A; use crate::b::{self, c::*, B as Other};",
            "b.rs": "pub struct B; fn f(_: crate::A) {}",
        }
        self.assertEqual(self.circle(files), ["a → b", "b → a"])
        files["b.rs"] = "pub struct B;"
        self.assertEqual(list(rooms.circles(rust(files))), [])

    def test_a_circle_between_folders_is_found_where_no_files_make_one(self):
        files = {
            "lib.rs": "mod a; mod b;",
            "a/mod.rs": "mod one; mod two;",
            "a/one.rs": "use crate::b::one::X;",
            "a/two.rs": "pub struct Y;",
            "b/mod.rs": "pub mod one; mod two;",
            "b/one.rs": "pub struct X;",
            "b/two.rs": "use crate::a::two::Y;",
        }
        self.assertEqual(self.circle(files), ["a → b", "b → a"])

    def test_a_module_and_one_within_it_make_a_circle(self):
        files = {
            "lib.rs": "mod a;",
            "a.rs": "mod inner; pub const LIMIT: u8 = 1; fn f() { inner::g() }",
            "a/inner.rs": "use super::LIMIT; pub fn g() {}",
        }
        self.assertEqual(self.circle(files), ["inner → mod", "mod → inner"])

    def test_handing_on_what_is_within_is_no_dependency(self):
        files = {
            "lib.rs": "mod a;",
            "a.rs": "mod inner; pub use inner::Inner; pub const LIMIT: u8 = 1;",
            "a/inner.rs": "use super::LIMIT; pub struct Inner;",
        }
        self.assertEqual(list(rooms.circles(rust(files))), [])

    def test_tests_comments_and_texts_do_not_count(self):
        files = {
            "lib.rs": "mod a; mod b;",
            "a.rs": "use crate::b::B;",
            "b.rs": """
                pub struct B; // crate::a::A
                /* crate::a */ const TEXT: &str = "crate::a::A \\" crate::a"; const RAW: &str = r#"crate::a"#;
                const QUOTE: [char; 2] = ['"', '\\''];
                #[cfg(test)]
                mod tests { use crate::a::A; fn f() { if true {} } }
                #[cfg(test)]
                use crate::a::A;
            """,
        }
        self.assertEqual(list(rooms.circles(rust(files))), [])

    def test_an_svg_element_called_use_is_no_import(self):
        drawing = 'fn d() { let y = html! { use href={ "#" (id) } {} @if let Some(x) = f { g } }; }'
        self.assertEqual(list(rust({"lib.rs": "mod a;", "a.rs": drawing})), [])

    def test_what_a_module_within_a_file_takes_from_the_file_is_no_dependency(self):
        files = {
            "lib.rs": "mod a;",
            "a.rs": "mod c; fn g() { c::f() }",
            "a/c.rs": "mod inner { use super::f; pub(in super::super) fn h() { super::super::g() } } pub fn f() {}",
        }
        self.assertEqual(self.circle(files), ["c → mod", "mod → c"])
        files["a/c.rs"] = files["a/c.rs"].replace("super::super::g()", "")
        self.assertEqual(list(rooms.circles(rust(files))), [])

    def test_the_line_is_named(self):
        mentions = rust({"lib.rs": "mod a; mod b;", "a.rs": "\n\nuse crate::{b::B,\nb::C};", "b.rs": "pub struct B;"})
        self.assertEqual({m.where for m in mentions}, {"a.rs:3 names crate::b::B", "a.rs:3 names crate::b::C"})

    def test_an_arrow_against_the_stated_order_is_found(self):
        mentions = rust({"lib.rs": "mod a; mod b; use a::A;", "a.rs": "pub struct A; use crate::b::B;", "b.rs": ""})
        self.assertEqual(list(rooms.out_of_order(mentions, [["a"], ["b"]])), [])
        for order in [[["b"], ["a"]], [["a", "b"]]]:
            (line,) = rooms.out_of_order(mentions, order)
            self.assertIn("a must not use b", line)

    def test_a_room_without_a_place_in_the_order_is_found(self):
        mentions = rust({"lib.rs": "mod a; mod b;", "a.rs": "use crate::b::B;", "b.rs": "pub struct B;"})
        (line,) = rooms.out_of_order(mentions, [["a"]])
        self.assertEqual(line, "b has no place in the stated order")


class Python(unittest.TestCase):
    def test_a_circle_is_found_even_where_it_is_imported_late(self):
        files = {
            "p/__init__.py": "from p.a import f",
            "p/a.py": "from p.b import g\ndef f(): pass",
            "p/b.py": "def g():\n    from p import f",
        }
        (line,) = rooms.circles(python(files))
        self.assertIn("a → b (a.py:1 imports g), b → a (b.py:2 imports f)", line)

    def test_a_relative_import_is_one_too(self):
        files = {"p/__init__.py": "", "p/a.py": "from .b import g", "p/b.py": "from . import a\ng = 1"}
        (line,) = rooms.circles(python(files))
        self.assertIn("a → b", line)

    def test_a_package_that_hands_on_makes_none(self):
        files = {"p/__init__.py": "from p.a import f", "p/a.py": "from p import _native\ndef f(): pass"}
        self.assertEqual(list(rooms.circles(python(files))), [])


if __name__ == "__main__":
    unittest.main()
