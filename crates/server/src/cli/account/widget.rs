//! `ringproof account widget`: how an account uses the verification widget.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::widget::{self as rules, no_settings};
use verify::hex;
use verify::record::{Colour, Version1, WidgetSettings};
use verify::widget::signature::WidgetSecret;
use zeroize::Zeroizing;

use super::super::args::AccountWidget;
use super::super::open::Opened;
use super::super::print;
use crate::entropy::SystemEntropy;
use crate::http::widget::limits::{FRAME_ORIGINS_MAX, LOGO_BYTES_MAX, LOGO_SIDE_MAX, TARGETS_MAX};

/// Longest file with a secret.
const SECRET_FILE_BYTES_MAX: u64 = 1_024;

/// The widget of an account as commands show it.
#[derive(Serialize)]
struct Shown<'a> {
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    enabled: bool,
    version1: String,
    targets: &'a [String],
    frame_origins: &'a [String],
    sig2: bool,
    origin_bound: bool,
    name: Option<&'a str>,
    accent: Option<String>,
    strip: Option<String>,
    logo_bytes: Option<usize>,
}

impl<'a> Shown<'a> {
    fn new(username: &'a str, settings: &'a WidgetSettings, secret: Option<&'a str>) -> Self {
        let brand = &settings.brand;
        Self {
            username,
            secret,
            enabled: settings.secret.is_some(),
            version1: match settings.version_1 {
                Version1::AsAccount => "as-account".to_owned(),
                Version1::Off => "off".to_owned(),
                Version1::On => "on".to_owned(),
                Version1::Until(end) => format!("until={end}"),
            },
            targets: &settings.targets,
            frame_origins: &settings.frame_origins,
            sig2: settings.signs_twice,
            origin_bound: settings.is_origin_bound,
            name: brand.name.as_deref(),
            accent: brand.accent.map(written),
            strip: brand.strip.map(written),
            logo_bytes: brand.logo.as_ref().map(Vec::len),
        }
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let on = |switch: bool| if switch { "on" } else { "off" }.to_owned();
        let or_none = |text: Option<&str>| text.unwrap_or("none").to_owned();
        let list =
            |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let mut lines = vec![("username", self.username.to_owned()), ("widget", on(self.enabled))];
        lines.extend(self.secret.map(|secret| ("secret", secret.to_owned())));
        lines.extend([
            ("targets", list(self.targets)),
            ("frame origins", list(self.frame_origins)),
            ("version 1", self.version1.clone()),
            ("sig2", on(self.sig2)),
            ("origin bound", on(self.origin_bound)),
            ("name", self.name.map_or("none".to_owned(), print::harmless)),
            ("accent", or_none(self.accent.as_deref())),
            ("strip", or_none(self.strip.as_deref())),
            ("logo", self.logo_bytes.map_or("none".to_owned(), |bytes| format!("{bytes} bytes"))),
        ]);
        lines
    }
}

fn written(Colour(bytes): Colour) -> String {
    format!("#{}", hex::encode(&bytes))
}

/// Changes the widget of an account as the flags say, in one step, and shows it.
pub(super) async fn run(opened: &Opened, args: &AccountWidget) -> anyhow::Result<()> {
    let change = Change::read(args)?;
    let settings = if change.is_none() {
        shown(opened, &args.name).await?
    } else {
        apply(opened, args, &change).await?
    };
    let made = change.secret.as_ref().filter(|_| args.new_secret).map(WidgetSecret::expose);
    let shown = Shown::new(&args.name, &settings, made);
    if args.output.json {
        print::line(serde_json::to_string(&shown)?);
    } else {
        for (name, value) in shown.lines() {
            print::line(format_args!("{name:14} {value}"));
        }
    }
    if made.is_some() {
        print::note(
            "Keep the secret now: it is not shown again. It belongs on the site's server only.",
        );
    }
    if settings.secret.is_some() && settings.targets.is_empty() {
        let name = &args.name;
        print::note(format_args!(
            "No answer may go anywhere yet, so every request is refused: add the site's address with \
             `ringproof account widget {name} --target https://…`"
        ));
    }
    Ok(())
}

/// What the flags change, with their files read.
struct Change<'a> {
    args: &'a AccountWidget,
    secret: Option<WidgetSecret>,
    logo: Option<NewLogo>,
}

/// Another picture, or none.
#[derive(Clone)]
struct NewLogo(Option<Vec<u8>>);

impl<'a> Change<'a> {
    fn read(args: &'a AccountWidget) -> anyhow::Result<Self> {
        let secret = match &args.secret_file {
            _ if args.new_secret => Some(WidgetSecret::issue(&mut SystemEntropy::new())),
            Some(file) => Some(read_secret(file)?),
            None => None,
        };
        let logo = match &args.logo {
            None => None,
            Some(none) if none == Path::new("none") => Some(NewLogo(None)),
            Some(file) => Some(NewLogo(Some(read_logo(file)?))),
        };
        Ok(Self { args, secret, logo })
    }

    fn is_none(&self) -> bool {
        let AccountWidget {
            targets, removed_targets, frame_origins, removed_frame_origins, ..
        } = self.args;
        let AccountWidget { version1, sig2, origin_bound, site_name, accent, strip, off, .. } =
            self.args;
        let has_lists = !(targets.is_empty()
            && removed_targets.is_empty()
            && frame_origins.is_empty()
            && removed_frame_origins.is_empty());
        let has_looks = site_name.is_some() || accent.is_some() || strip.is_some();
        let has_switches = version1.is_some() || sig2.is_some() || origin_bound.is_some() || *off;
        !(has_lists || has_looks || has_switches || self.secret.is_some() || self.logo.is_some())
    }
}

async fn shown(opened: &Opened, name: &str) -> anyhow::Result<WidgetSettings> {
    let snapshot = opened.store.read(rules::settings_keys(name)).await?;
    let account = snapshot.account.with_context(|| super::missing(name))?;
    Ok(snapshot.widget_settings.unwrap_or_else(|| no_settings(account.id)))
}

/// Whether the widget of an account is on.
pub(super) async fn is_on(opened: &Opened, name: &str) -> anyhow::Result<bool> {
    let snapshot = opened.store.read(rules::settings_keys(name)).await?;
    Ok(snapshot.widget_settings.is_some_and(|settings| settings.secret.is_some()))
}

async fn apply(
    opened: &Opened,
    args: &AccountWidget,
    change: &Change<'_>,
) -> anyhow::Result<WidgetSettings> {
    let (keyring, typed) = (opened.keyring.clone(), args.clone());
    let (secret, logo) = (change.secret.clone(), change.logo.clone());
    let edit = move |settings: &mut WidgetSettings| {
        if let Some(secret) = &secret {
            let keys = keyring.account(settings.account);
            let sealed = secret.seal(settings.account, &keys.seal, &mut SystemEntropy::new());
            settings.secret = Some(sealed);
        }
        if typed.off {
            settings.secret = None;
        }
        if let Some(NewLogo(logo)) = &logo {
            settings.brand.logo.clone_from(logo);
        }
        set_rest(settings, &typed)
    };
    let rule = move |snapshot: &_| rules::change_settings(snapshot, &edit);
    let changed = opened.store.transact(rules::settings_keys(&args.name), rule).await?;
    let changed = changed.with_context(|| super::missing(&args.name))?;
    changed.map_err(anyhow::Error::msg)
}

/// Sets what needs no file; the error says why not.
fn set_rest(settings: &mut WidgetSettings, typed: &AccountWidget) -> Result<(), String> {
    let targets = texts(&typed.targets);
    edit_list(
        &mut settings.targets,
        &targets,
        &texts(&typed.removed_targets),
        "target",
        TARGETS_MAX,
    )?;
    let origins = texts(&typed.frame_origins);
    let removed = texts(&typed.removed_frame_origins);
    let list = &mut settings.frame_origins;
    edit_list(list, &origins, &removed, "frame origin", FRAME_ORIGINS_MAX)?;
    settings.version_1 = typed.version1.unwrap_or(settings.version_1);
    settings.signs_twice = typed.sig2.map_or(settings.signs_twice, super::args::Switch::is_on);
    let bound = typed.origin_bound.map(super::args::Switch::is_on);
    settings.is_origin_bound = bound.unwrap_or(settings.is_origin_bound);
    let brand = &mut settings.brand;
    if let Some(name) = &typed.site_name {
        brand.name.clone_from(&name.0);
    }
    brand.accent = typed.accent.map_or(brand.accent, |colour| colour.0);
    brand.strip = typed.strip.map_or(brand.strip, |colour| colour.0);
    Ok(())
}

fn texts(list: &[impl ToString]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Adds what is not there yet and takes away what is; nothing of it else.
fn edit_list(
    list: &mut Vec<String>,
    added: &[String],
    removed: &[String],
    what: &str,
    most: usize,
) -> Result<(), String> {
    for entry in removed {
        let place = list.iter().position(|known| known == entry);
        let Some(place) = place else {
            let there = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
            return Err(format!(
                "{entry} is no {what} of the account, nothing was changed: write one that it has \
                 ({there})"
            ));
        };
        list.remove(place);
    }
    for entry in added {
        if !list.contains(entry) {
            list.push(entry.clone());
        }
    }
    if list.len() > most {
        return Err(format!(
            "that would be {} {what}s, nothing was changed: at most {most} can be; remove some with \
             --remove-{}",
            list.len(),
            what.replace(' ', "-")
        ));
    }
    Ok(())
}

fn read_secret(file: &Path) -> anyhow::Result<WidgetSecret> {
    let mut text = Zeroizing::new(String::new());
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let opened = File::open(file);
        Box::new(opened.with_context(|| format!("cannot read the secret from {}", file.display()))?)
    };
    let read = source.take(SECRET_FILE_BYTES_MAX).read_to_string(&mut text);
    read.with_context(|| format!("cannot read the secret from {}", file.display()))?;
    WidgetSecret::choose(text.trim_end_matches(['\r', '\n']))
        .context("the secret cannot be used: give another, or let --new-secret make one")
}

fn read_logo(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read the picture {}", file.display());
    let mut bytes = Vec::new();
    let opened = File::open(file).with_context(cannot)?;
    opened.take(LOGO_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() > LOGO_BYTES_MAX {
        bail!("{} is larger than {LOGO_BYTES_MAX} bytes: make the picture smaller", file.display());
    }
    check_png(&bytes).map_err(|wrong| {
        anyhow::anyhow!("{} {wrong}: give a picture that is saved as PNG", file.display())
    })?;
    Ok(bytes)
}

/// Whether these bytes are a whole PNG of a size that a page can show.
fn check_png(bytes: &[u8]) -> Result<(), String> {
    let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(|_| "is no PNG".to_owned())?;
    let (width, height) = reader.info().size();
    if width.max(height) > LOGO_SIDE_MAX {
        return Err(format!("is {width} × {height} pixels, beyond {LOGO_SIDE_MAX}"));
    }
    let size = reader.output_buffer_size().ok_or("is no PNG that can be shown")?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map(drop).map_err(|_| "is a broken PNG".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_change_as_a_whole_or_not_at_all() {
        let texts = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut list = texts("a b");
        edit_list(&mut list, &texts("c a c"), &texts("b"), "target", 3).unwrap();
        assert_eq!(list, texts("a c"));
        let error = edit_list(&mut list.clone(), &[], &texts("x"), "target", 3).unwrap_err();
        assert!(error.contains("one that it has (a, c)"), "{error}");
        let error = edit_list(&mut list, &texts("d e"), &[], "frame origin", 3).unwrap_err();
        assert!(error.contains("--remove-frame-origin"), "{error}");
    }

    #[test]
    fn a_logo_is_a_whole_png() {
        let png = crate::qr::png("logo").unwrap();
        assert_eq!(check_png(&png), Ok(()));
        assert!(check_png(b"GIF89a").unwrap_err().contains("no PNG"));
        assert!(check_png(&png[..png.len() / 2]).is_err());
        let mut bytes = Vec::new();
        let encoder = png::Encoder::new(&mut bytes, 1, LOGO_SIDE_MAX + 1);
        let pixels = vec![0; LOGO_SIDE_MAX as usize + 1];
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        assert!(check_png(&bytes).unwrap_err().contains("pixels"));
    }
}
