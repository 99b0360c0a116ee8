use crate::{labels, message};
use relume_data::{Dataset, Error, Options, Shape, Targets};

fn parse(text: &str, label: Option<&str>) -> Result<Dataset, Error> {
    let options = Options {
        label: label.map(str::to_owned),
        ..Options::default()
    };
    relume_data::csv::parse("table", "table.csv", text.as_bytes(), &options)
}

fn names(data: &Dataset) -> Vec<&str> {
    match &data.inputs.shape {
        Shape::Features { names } => names.iter().map(|name| &**name).collect(),
        shape => panic!("{shape:?}"),
    }
}

const IRIS: &str = "length,width,kind\n5.1,3.5,setosa\n4.9,3.0,setosa\n4.7,3.2,setosa\n6.3,3.3,virginica\n\
                    5.8,2.7,virginica\n7.1,3.0,virginica\n";

#[test]
fn numbers_and_a_class() {
    let data = parse(IRIS, None).unwrap();
    assert_eq!(names(&data), ["length", "width"]);
    assert_eq!(data.inputs.values[..4], [5.1, 3.5, 4.9, 3.0]);
    assert_eq!(
        labels(&data),
        (vec![0, 0, 0, 1, 1, 1], vec!["setosa", "virginica"])
    );
    assert_eq!(
        data.description,
        "6 samples of 2 features in 2 classes from the table table.csv"
    );
    assert_eq!(data.notes, ["column kind: predicted as 2 classes"]);
}

#[test]
fn other_separators_quotes_byte_order_marks_and_line_ends_change_nothing() {
    let plain = parse(IRIS, None).unwrap();
    let variants = [
        IRIS.replace(',', ";"),
        IRIS.replace(',', "\t"),
        IRIS.replace('\n', "\r\n"),
        IRIS.trim_end().to_owned(),
        IRIS.replace("setosa", "\"setosa\""),
        format!("\u{feff}{IRIS}"),
        format!("\n{IRIS}\n\n"),
        IRIS.replace(',', " , "),
    ];
    for variant in variants {
        assert_eq!(parse(&variant, None).unwrap(), plain, "{variant:?}");
    }
}

#[test]
fn a_header_is_recognised() {
    let header = |text: &str| names(&parse(text, None).unwrap()).join("|");
    let body = "1,2,a\n2,2,b\n3,2,a\n4,1,b\n5,2,a\n6,3,b\n";
    assert_eq!(header(body), "1|2", "no header");
    assert_eq!(header(&format!("p,q,r\n{body}")), "p|q");
    assert_eq!(
        header(&format!(
            "0,1,label\n{}",
            body.replace('a', "7").replace('b', "8").repeat(3)
        )),
        "0|1"
    );
    let text = "red,x,yes\nblue,y,no\nred,y,no\nblue,x,yes\nred,x,no\nblue,y,yes\n";
    assert_eq!(header(text), "1=blue|1=red|2=x|2=y");
    assert_eq!(
        header(&format!("colour,kind,answer\n{text}")),
        "colour=blue|colour=red|kind=x|kind=y"
    );
}

#[test]
fn the_label_is_found_by_name_or_number() {
    let second = parse(IRIS, Some("kind")).unwrap();
    for label in ["KIND", "3", " kind "] {
        assert_eq!(parse(IRIS, Some(label)).unwrap(), second);
    }
    let moved = "kind,length\na,1\nb,2\na,3\nb,4\na,5\nb,6\n";
    assert_eq!(names(&parse(moved, Some("kind")).unwrap()), ["length"]);
    assert_eq!(
        message(parse(IRIS, Some("knid"))),
        "table.csv: no single column `knid` to predict; the columns are length, width, kind; did you mean kind?"
    );
    assert!(message(parse(IRIS, Some("4"))).contains("no single column `4`"));
    let twice = "a,a,b\n1,2,x\n2,3,y\n3,4,x\n4,5,y\n5,6,x\n6,7,y\n";
    assert!(message(parse(twice, Some("a"))).contains("no single column `a`"));
}

#[test]
fn numeric_targets_are_classes_or_a_quantity() {
    let table = |targets: &[&str]| {
        let rows: Vec<String> = targets
            .iter()
            .enumerate()
            .map(|(i, t)| format!("{}.5,{t}", i))
            .collect();
        parse(&format!("x,y\n{}\n", rows.join("\n")), None).unwrap()
    };
    assert_eq!(
        table(&["10", "2"].repeat(5)).classes(),
        Some(2),
        "few whole numbers"
    );
    assert_eq!(
        labels(&table(&["10", "2.0"].repeat(5))).1,
        ["2", "10"],
        "in numeric order"
    );
    assert_eq!(table(&["1.5", "2"].repeat(5)).classes(), None, "not whole");
    let many: Vec<String> = (0..200).map(|i| (i % 21).to_string()).collect();
    let many: Vec<&str> = many.iter().map(|text| &**text).collect();
    assert_eq!(table(&many).classes(), None, "21 different ones");
    assert_eq!(
        table(&["1", "2", "3"].repeat(4)).classes(),
        None,
        "each too seldom"
    );
    let data = table(&["1", "2", "3"].repeat(4));
    assert_eq!(data.targets, Targets::Values([1.0, 2.0, 3.0].repeat(4)));
    assert_eq!(data.notes, ["column y: predicted as a quantity (regression)"]);
}

#[test]
fn missing_values_are_filled_and_reported() {
    let text = "age,sex,y\n1,m,a\n,f,b\n3,?,a\nNaN,m,b\n5,f,a\n6,m,b\n7,f,NA\n8,f,a\n";
    let data = parse(text, None).unwrap();
    assert_eq!(
        data.notes,
        [
            "1 of 8 rows dropped: no value in y",
            "column y: predicted as 2 classes",
            "column age: 2 missing values (first in line 3), filled with the mean of the training samples",
            "column sex: 1 missing value (first in line 4), made a category of their own",
        ]
    );
    assert_eq!(names(&data), ["age", "sex=f", "sex=m", "sex=missing"]);
    assert_eq!(data.len(), 7);
    assert!(data.inputs.values[4].is_nan());
    assert_eq!(data.inputs.values[8..12], [3.0, 0.0, 0.0, 1.0]);
    assert_eq!(data.standardised(&[0, 2, 4])[4], 0.0, "filled with the mean");
}

#[test]
fn what_cannot_help_is_left_out() {
    let row = |i: usize| format!("{i},Name {i},{},,{}\n", i % 7, ["a", "b"][i % 2]);
    let text = format!(
        "PassengerId,Name,size,empty,y\n{}",
        (1..=202).map(row).collect::<String>()
    );
    let data = parse(&text, None).unwrap();
    assert_eq!(names(&data), ["size"]);
    assert_eq!(
        data.notes[1..],
        [
            "column PassengerId: left out, it only counts the rows",
            "column Name: left out, text with 202 different values in 202 rows; name it as the text to learn from it \
             alone",
            "column empty: left out, it has no values",
        ]
    );
    let counted = "x,y\n0,1\n1,4\n2,9\n3,16\n4,25\n5,36\n6,49\n7,64\n8,81\n9,100\n";
    assert_eq!(
        names(&parse(counted, None).unwrap()),
        ["x"],
        "only what is named as a row number"
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let ragged = "a,b\n1,x\n2,y,7\n3,x\n";
    assert_eq!(
        message(parse(ragged, None)),
        "table.csv, line 3: expected 2 cells as in the first row, found 3; mend the line; a cell that holds the \
         separator needs quotes"
    );
    let infinite = IRIS.replace("4.7", "inf");
    assert_eq!(
        message(parse(&infinite, None)),
        "table.csv, line 4, column length: expected a finite number (in the range of 32-bit floats), found `inf`; \
         mend it, or empty the cell if the value is missing"
    );
    assert!(message(parse(&IRIS.replace("4.7", "1e99"), None)).contains("line 4, column length"));
    let slip: String = (0..60)
        .map(|i| format!("{i}.25,{}\n", i % 2))
        .collect::<String>()
        .replace("41.25", "4l.25");
    assert_eq!(
        message(parse(&format!("x,y\n{slip}"), None)),
        "table.csv, line 43, column x: expected a number as in 59 other rows, found `4l.25`; mend it, or empty the cell"
    );
    let latin = b"a,b\n1,x\n2,caf\xe9\n";
    let latin = relume_data::csv::parse("table", "table.csv", latin, &Options::default());
    assert!(message(latin).starts_with("table.csv, line 3: expected text in UTF-8, found the byte e9"));
    let long = format!("\"two\nlines {}\",y\n1,a\n2,b\n3,a\n", "x".repeat(5000));
    let long = message(parse(&long, Some("z")));
    assert!(
        long.contains("the columns are two lines xxx") && long.len() < 500,
        "{long}"
    );
    for empty in ["", "\n\n", "a,b\n"] {
        assert!(
            message(parse(empty, None)).contains("the table is empty"),
            "{empty:?}"
        );
    }
    assert!(message(parse("kind\na\nb\na\nb\na\nb\n", None)).contains("nothing to predict kind from"));
    assert!(message(parse("x,y\n1,a\n2,a\n3,a\n", None)).contains("one class (`a`)"));
    let zips: String = (0..600)
        .map(|i| format!("zip{},{}\n", i % 150, ["a", "b"][i % 2]))
        .collect();
    let zips = message(parse(&format!("zip,y\n{zips}"), None));
    assert!(
        zips.contains("column zip: expected at most 100 categories, found 150"),
        "{zips}"
    );
}
