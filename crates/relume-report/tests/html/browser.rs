//! The page in a headless Chromium: light and dark, on a phone and on a desk.

use crate::chromium::{self, Browser, Page};
use crate::doctor::dying;
use crate::fixture::{CAST, Shape, study};
use crate::samples::{self, KINDS, Kind};
use relume_report::checkup::Checkup;
use relume_report::html::{checkup, plot_functions, render};
use relume_report::judge::judge;
use relume_report::trial::Arm;
use std::path::PathBuf;

/// Pages are left here for people to look at.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn written(name: &str, content: &str) -> String {
    let path = folder().join(name);
    std::fs::write(&path, content).expect("the page is written");
    format!("file://{}", path.display())
}

fn report(name: &str, shape: &Shape, rename: impl Fn(&str) -> String) -> String {
    let (study, mut trials) = study(shape);
    for trial in &mut trials {
        trial.arm = Arm::of(rename(&trial.arm.name));
    }
    let judgement = judge(&study, &trials).expect("a judgement");
    written(name, &render(&study, &judgement, &trials, None).expect("a page"))
}

/// Loads a page and asserts that the browser reported no error, that nothing but the page was asked for, and that it is no
/// wider than its screen.
fn load_quietly(page: &mut Page<'_>, url: &str, width: u32) {
    page.load(url);
    for event in [
        "Runtime.consoleAPICalled",
        "Runtime.exceptionThrown",
        "Log.entryAdded",
        "Network.loadingFailed",
    ] {
        assert!(page.events(event).is_empty(), "{event}: {:?}", page.events(event));
    }
    for request in page.events("Network.requestWillBeSent") {
        let asked = request["request"]["url"].as_str().unwrap_or_default().to_owned();
        assert!(
            asked == url || asked.starts_with("data:"),
            "the page asked for {asked}"
        );
    }
    // A phone shows a page that is too wide by zooming out: its own idea of its width is no measure.
    let wide = format!(
        "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, nav, svg, .skip, pre') && \
         e.getBoundingClientRect().right > {width}.5).map(e => e.outerHTML.slice(0, 90)).join()"
    );
    assert_eq!(page.evaluate(&wide), "", "wider than the screen");
    assert_eq!(page.evaluate("document.documentElement.scrollWidth"), width);
}

#[test]
fn pages_load_quietly_on_every_screen() {
    let Some(program) = chromium::find() else {
        assert!(
            std::env::var_os("RELUME_REQUIRE_BROWSER").is_none(),
            "Chromium is required and not installed"
        );
        println!("skipped: Chromium is not installed");
        return;
    };
    let mut browser = Browser::start(&program);
    let full = report("report.html", &Shape::default(), str::to_owned);
    let small = Shape {
        activations: CAST.iter().skip(1).take(1).collect(),
        seeds: 2,
        stress: false,
        ..Shape::default()
    };
    let alone = report("alone.html", &small, str::to_owned);
    let long = report(
        "long.html",
        &Shape {
            seeds: 2,
            ..Shape::default()
        },
        |name| format!("{}<{name}>", "very_long_".repeat(12)),
    );
    let told: Vec<(String, String)> = KINDS
        .iter()
        .map(|kind| {
            let (study, trials, samples) = samples::told(*kind, if *kind == Kind::Row { 20 } else { 4 }, 3);
            let judgement = judge(&study, &trials).expect("a judgement");
            let page = render(&study, &judgement, &trials, Some(&samples)).expect("a page");
            let name = format!("{kind:?}").to_lowercase();
            let url = written(&format!("{name}.html"), &page);
            (name, url)
        })
        .collect();
    let run = dying(8, 200, |k| format!("encoder.layers.{k}.feed_forward.activation"));
    let doctor = written("doctor.html", &checkup(&Checkup::of(&run), "Encoder"));
    let names = ["relu", "elu", "gelu", "tanh", "sigmoid", "hard_silu", "softplus"];
    let activations: Vec<relume::Activation> = names
        .iter()
        .map(|n| n.parse().expect("a known function"))
        .collect();
    let plot = written("plot.svg", &plot_functions(&activations, true, (-4.0, 4.0)));

    let mut page = browser.open();
    for scheme in ["light", "dark"] {
        for width in [390, 1280] {
            page.screen(width, scheme);
            for (name, url) in [
                ("report", &full),
                ("alone", &alone),
                ("long", &long),
                ("doctor", &doctor),
            ] {
                load_quietly(&mut page, url, width);
                shoot(&mut page, &format!("{name}-{scheme}-{width}"));
            }
            for (name, url) in &told {
                load_quietly(&mut page, url, width);
                assert_samples_are_seen(&mut page);
                shoot(&mut page, &format!("{name}-{scheme}-{width}"));
            }
            assert_ground(&mut page, scheme);
        }
        page.load(&plot);
        shoot(&mut page, &format!("plot-{scheme}"));
        assert!(page.events("Log.entryAdded").is_empty());
    }
    page.screen(1280, "light");
    load_quietly(&mut page, &full, 1280);
    assert_sorts(&mut page);
    assert_highlights(&mut page);
    assert_definitions_are_one_click_away(&mut page);
    load_quietly(&mut page, &doctor, 1280);
    assert_code_is_copied(&mut page);
}

/// Every picture is decoded, every recording can be played, and no example is taller than a screen.
fn assert_samples_are_seen(page: &mut Page<'_>) {
    let pictures = "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length";
    assert_eq!(page.evaluate(pictures), 0);
    let ready = "Promise.all([...document.querySelectorAll('audio')].map(a => a.readyState > 0 || new Promise(done => {
        a.onloadedmetadata = () => done(true); a.onerror = () => done(false); })))
        .then(all => all.every(Boolean) && [...document.querySelectorAll('audio')].every(a => Math.abs(a.duration - 0.8) < 0.01))";
    assert_eq!(page.evaluate(ready), true);
    let tall = "[...document.querySelectorAll('.examples li')].filter(e => e.getBoundingClientRect().height > 700).length";
    assert_eq!(page.evaluate(tall), 0);
}

/// A click on the button next to a snippet says that it is copied, or selects it where the clipboard is closed.
fn assert_code_is_copied(page: &mut Page<'_>) {
    page.evaluate("document.querySelector('.code[open] button').click()");
    let said = "new Promise(done => setTimeout(() => done(document.querySelector('.code[open] button').textContent), 300))";
    let said = page.evaluate(said);
    let selected = page.evaluate("getSelection().toString()");
    let selected = selected.as_str().unwrap_or_default();
    assert!(
        said == "Copied" || (said == "Selected" && selected.contains("optimizer")),
        "{said}: {selected}"
    );
}

/// Takes a picture, if asked for by `RELUME_PICTURES`: looking takes longer than testing.
fn shoot(page: &mut Page<'_>, name: &str) {
    use std::io::Write;
    if std::env::var_os("RELUME_PICTURES").is_none() {
        return;
    }
    let picture = page.picture();
    let mut file =
        std::fs::File::create(folder().join(format!("{name}.png"))).expect("a file for the picture");
    file.write_all(&decoded(&picture))
        .expect("the picture is written");
}

/// Base64, as browsers write it.
fn decoded(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|b| ALPHABET.iter().position(|a| *a == b))
        .map(|d| d as u32)
        .collect();
    let group = |g: &[u32]| {
        let bits = (0..4).fold(0, |bits, k| (bits << 6) | g.get(k).copied().unwrap_or(0));
        bits.to_be_bytes()[1..g.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

fn assert_ground(page: &mut Page<'_>, scheme: &str) {
    let light =
        page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(c => c > 127)");
    assert_eq!(light, scheme == "light");
}

/// A click on a heading sorts by its column, a second click the other way, and what was not measured stays last.
fn assert_sorts(page: &mut Page<'_>) {
    let click = "(() => { const head = document.querySelectorAll('#ranking thead th')[9]; head.querySelector('button').click();
        return [head.getAttribute('aria-sort'), [...document.querySelectorAll('#ranking tbody tr')].map(r => Number(r.cells[9].dataset.v))]; })()";
    for direction in ["ascending", "descending"] {
        let answer = page.evaluate(click);
        assert_eq!(answer[0], direction);
        let costs: Vec<f64> = answer[1]
            .as_array()
            .expect("numbers")
            .iter()
            .filter_map(|v| v.as_f64())
            .collect();
        assert_eq!(costs.len(), CAST.len());
        assert!(
            if direction == "ascending" {
                costs.is_sorted()
            } else {
                costs.iter().rev().is_sorted()
            },
            "{costs:?}"
        );
    }
}

/// Pointing at an activation marks it in every picture.
fn assert_highlights(page: &mut Page<'_>) {
    let point = "(() => { const row = document.querySelector('#ranking tbody tr');
        row.cells[2].dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }));
        return [...document.querySelectorAll('.picked')].map(e => e.dataset.a === row.dataset.a && e.tagName); })()";
    let picked = page.evaluate(point);
    let picked: Vec<&str> = picked
        .as_array()
        .expect("elements")
        .iter()
        .filter_map(|v| v.as_str())
        .collect();
    for kind in ["TR", "FIGURE", "LI"] {
        assert!(picked.contains(&kind), "{picked:?}");
    }
}

fn assert_definitions_are_one_click_away(page: &mut Page<'_>) {
    let follow = "(() => { const link = document.querySelector('#ranking thead a.term'); link.click();
        return document.querySelector(':target').getBoundingClientRect().height > 0 && location.hash === link.hash; })()";
    assert_eq!(page.evaluate(follow), true);
}
