//! How is a plot drawn, to be read on light and on dark ground?
//!
//! Both axes are logarithmic: servers differ by factors.

use std::fmt::{self, Write as _};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Where the plot itself lies.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 350.0;
/// Between lines of the legend.
const LINE: f64 = 22.0;

/// Colours that differ on light and on dark ground, and to those who see few.
const COLOURS: [&str; 7] = [
    "#e4572e", "#2e86de", "#17a673", "#b8860b", "#9b59b6", "#7f8c8d", "#d63384",
];

/// Lines of several servers over one axis.
pub(super) struct Plot<'a> {
    pub(super) title: &'a str,
    pub(super) x: Axis<'a>,
    pub(super) y: Axis<'a>,
    pub(super) lines: Vec<Line<'a>>,
    /// What broken lines are.
    pub(super) broken: Option<&'a str>,
}

/// What an axis says.
pub(super) struct Axis<'a> {
    pub(super) title: &'a str,
    /// Values with a mark, and how they are called; the axis ends at the outermost, where it
    /// has any.
    pub(super) marks: Vec<(f64, String)>,
}

/// One server's points, in order.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    /// Its colour, the same in all plots.
    pub(super) colour: usize,
    pub(super) is_broken: bool,
    pub(super) points: Vec<(f64, f64)>,
}

impl Axis<'_> {
    /// An axis for positive values, marked at powers of ten.
    pub(super) fn of_decades<'a>(title: &'a str, values: impl Iterator<Item = f64>) -> Axis<'a> {
        let logs = values.filter(|value| *value > 0.0).map(f64::log10);
        let (low, high) = logs.fold((f64::MAX, f64::MIN), |(low, high), log| (low.min(log), high.max(log)));
        let decades = low.floor() as i32..=(high.ceil() as i32).max(low.floor() as i32 + 1);
        Axis {
            title,
            marks: decades.map(|power| (10_f64.powi(power), decade(power))).collect(),
        }
    }

    /// Where a value lies between the outermost marks, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let end = |mark: Option<&(f64, String)>| mark.map_or(1.0, |(value, _)| *value).log10();
        let (low, high) = (end(self.marks.first()), end(self.marks.last()));
        (value.log10() - low) / (high - low)
    }
}

/// `0.01`, `1`, `1,000`.
fn decade(power: i32) -> String {
    match usize::try_from(-power) {
        Ok(decimals) => format!("{:.decimals$}", 10_f64.powi(power)),
        Err(_) => super::figures::with_commas(10_u64.pow(power.unsigned_abs())),
    }
}

impl fmt::Display for Plot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n\
             <style>text{{font:13px sans-serif;fill:#24292f}}.grid{{stroke:#8886;stroke-width:1}}\
             path{{fill:none;stroke-width:2.2}}\
             @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}}}</style>\n\
             <text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{title}</text>",
            title = self.title
        )?;
        self.axes(f)?;
        for line in &self.lines {
            self.line(line, f)?;
        }
        self.legend(f)?;
        writeln!(f, "</svg>")
    }
}

impl Plot<'_> {
    fn axes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (value, name) in &self.x.marks {
            let x = self.across(*value);
            writeln!(
                f,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{BOTTOM}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
                BOTTOM + 18.0
            )?;
        }
        for (value, name) in &self.y.marks {
            let y = self.up(*value);
            writeln!(
                f,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
                LEFT - 8.0,
                y + 4.0
            )?;
        }
        let (middle_x, middle_y) = (f64::midpoint(LEFT, RIGHT), f64::midpoint(TOP, BOTTOM));
        writeln!(
            f,
            "<text x=\"{middle_x}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate(16 {middle_y}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 40.0,
            self.x.title,
            self.y.title
        )
    }

    fn line(&self, line: &Line<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = COLOURS[line.colour % COLOURS.len()];
        let mut path = String::new();
        for (number, (x, y)) in line.points.iter().enumerate() {
            let step = if number == 0 { 'M' } else { 'L' };
            write!(path, "{step}{:.1} {:.1}", self.across(*x), self.up(*y))?;
        }
        let dashes = if line.is_broken {
            " stroke-dasharray=\"6 4\""
        } else {
            ""
        };
        writeln!(f, "<path d=\"{path}\" stroke=\"{colour}\"{dashes}/>")?;
        for (x, y) in &line.points {
            let (x, y) = (self.across(*x), self.up(*y));
            writeln!(f, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>")?;
        }
        Ok(())
    }

    fn legend(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut y = TOP + 10.0;
        let x = RIGHT + 20.0;
        for line in self.lines.iter().filter(|line| !line.is_broken) {
            let colour = COLOURS[line.colour % COLOURS.len()];
            writeln!(
                f,
                "<path d=\"M{x} {y}h20\" stroke=\"{colour}\"/><text x=\"{}\" y=\"{}\">{}</text>",
                x + 28.0,
                y + 4.0,
                line.name
            )?;
            y += LINE;
        }
        if let Some(broken) = self.broken {
            writeln!(f, "<text x=\"{x}\" y=\"{}\">broken: {broken}</text>", y + 4.0)?;
        }
        Ok(())
    }

    fn across(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.x.place(value)
    }

    fn up(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.y.place(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_between_the_outermost_marks() {
        let values = [0.25, 3.0, 60.0];
        let plot = Plot {
            title: "t",
            x: Axis::of_decades("x", [100.0, 5_000.0].into_iter()),
            y: Axis::of_decades("y", values.into_iter()),
            lines: Vec::new(),
            broken: None,
        };
        let names: Vec<&str> = plot.y.marks.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["0.1", "1", "10", "100"]);
        assert_eq!((plot.up(0.1), plot.up(100.0)), (BOTTOM, TOP));
        assert_eq!((plot.across(100.0), plot.across(10_000.0)), (LEFT, RIGHT));
    }

    #[test]
    fn one_value_has_an_axis_too() {
        let axis = Axis::of_decades("x", std::iter::once(10.0));
        assert_eq!(axis.marks.len(), 2);
        assert_eq!(axis.place(10.0), 0.0);
    }
}
