//! How do sections that were measured alone get into the page?

/// What a section begins with; its title follows.
const HEADING: &str = "\n## ";

/// The page with these sections, each with a remark below its title, in the place of those of the
/// same titles; new ones come last.
pub(super) fn put(page: &str, sections: &str, remark: &str) -> String {
    let mut parts: Vec<String> = split(page).map(str::to_owned).collect();
    for section in split(sections).skip(1) {
        let title = title(section);
        let body = section.strip_prefix(title).unwrap_or_default();
        let with_remark = format!("{title}\n\n{remark}{}", body.trim_end_matches('\n'));
        match parts.iter().skip(1).position(|part| self::title(part) == title) {
            Some(before) => parts[before + 1] = with_remark,
            None => parts.push(with_remark),
        }
    }
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end_matches('\n')).collect();
    parts.join(&format!("\n{HEADING}")) + "\n"
}

/// What stands before the first section, and the sections without the sign of their heading.
fn split(page: &str) -> impl Iterator<Item = &str> {
    page.split(HEADING)
}

fn title(section: &str) -> &str {
    section.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\nOpening.\n\n## One\n\nOld.\n\n## Two\n\nStays.\n";

    #[test]
    fn section_takes_the_place_of_the_one_of_its_title() {
        let page = put(PAGE, "\n## One\n\nNew.\n", "*Apart.*");
        assert_eq!(
            page,
            "# Page\n\nOpening.\n\n## One\n\n*Apart.*\n\nNew.\n\n## Two\n\nStays.\n"
        );
        assert_eq!(put(&page, "\n## One\n\nNew.\n", "*Apart.*"), page);
    }

    #[test]
    fn new_section_comes_last() {
        let page = put(PAGE, "\n## Three\n\nNew.\n", "*Apart.*");
        assert_eq!(page, format!("{PAGE}\n## Three\n\n*Apart.*\n\nNew.\n"));
    }
}
