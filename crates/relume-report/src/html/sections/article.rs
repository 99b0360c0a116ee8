//! The questions of the founding article, answered with this study's numbers.

use super::Section;
use crate::judge::Answer;
use maud::html;

/// Questions and answers. `None` where there are none.
pub(crate) fn article(answers: &[Answer]) -> Option<Section> {
    (!answers.is_empty()).then(|| Section {
        id: "questions",
        short: "Questions",
        title: "The usual questions",
        lead: html! { p { "What tutorials say about ReLU, compared with what was measured here. Numbers stand side by side; none of them proves a cause." } },
        body: html! {
            @for answer in answers {
                div class="answer" {
                    h3 { (answer.question) }
                    @for paragraph in &answer.paragraphs { p { (paragraph) } }
                }
            }
        },
    })
}
