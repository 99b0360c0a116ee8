//! The examples of the documents, so that they are run with those of the code.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../README.zh-CN.md")]
struct ReadmeInChinese;

#[doc = include_str!("../../../docs/article.md")]
struct Article;

#[doc = include_str!("../../../docs/article.zh-CN.md")]
struct ArticleInChinese;
