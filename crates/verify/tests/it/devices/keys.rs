//! What is signed by a device and what is wrapped for it (S-34, S-35).

use std::collections::HashSet;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ringproof_verify::device_keys::{PublicBytes, wrap};
use ringproof_verify::entropy::{Entropy as _, SeededEntropy};
use ringproof_verify::ids::{AuthenticatorId, DeviceId};
use ringproof_verify::totp::{Algorithm, Seed};

use crate::phone_app::{key_pair, unwrap_seed};

const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);
const ENTRY: AuthenticatorId = AuthenticatorId::from_bytes([2; 16]);

#[test]
fn a_wrapped_seed_opens_on_its_device_for_its_entry_only() {
    let mut entropy = SeededEntropy::new(35);
    let seed = Seed::generate(Algorithm::Sha256, &mut entropy);
    let (secret, public) = key_pair(&mut entropy);
    let (other_secret, _) = key_pair(&mut entropy);
    let wrapped = wrap(&seed, &public, DEVICE, ENTRY, &mut entropy).unwrap();
    assert_eq!((wrapped.key[0], wrapped.data.len()), (4, 48));
    assert_eq!(unwrap_seed(&wrapped, &secret, DEVICE, ENTRY).unwrap(), seed.expose());
    let (other_device, other_entry) =
        (DeviceId::from_bytes([3; 16]), AuthenticatorId::from_bytes([3; 16]));
    assert_eq!(unwrap_seed(&wrapped, &secret, other_device, ENTRY), None);
    assert_eq!(unwrap_seed(&wrapped, &secret, DEVICE, other_entry), None);
    assert_eq!(unwrap_seed(&wrapped, &other_secret, DEVICE, ENTRY), None);
    for bit in 0..48 * 8 {
        let mut changed = wrapped.clone();
        changed.data[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(unwrap_seed(&changed, &secret, DEVICE, ENTRY), None, "bit {bit}");
    }
}

#[test]
fn no_two_wrappings_share_a_key_or_a_nonce() {
    let mut entropy = SeededEntropy::new(36);
    let seed = Seed::generate(Algorithm::Sha256, &mut entropy);
    let (secret, public) = key_pair(&mut entropy);
    let (mut keys, mut nonces, mut data) = (HashSet::new(), HashSet::new(), HashSet::new());
    for _ in 0..1_000 {
        let wrapped = wrap(&seed, &public, DEVICE, ENTRY, &mut entropy).unwrap();
        assert_eq!(unwrap_seed(&wrapped, &secret, DEVICE, ENTRY).unwrap(), seed.expose());
        assert!(keys.insert(wrapped.key) && nonces.insert(wrapped.iv));
        assert!(data.insert(wrapped.data));
    }
}

#[test]
fn only_points_of_the_curve_in_their_long_form_are_keys() {
    let mut entropy = SeededEntropy::new(37);
    let (secret, public) = key_pair(&mut entropy);
    let long = *public.as_bytes();
    assert!(PublicBytes::parse(&long).is_some());
    let compressed = secret.public_key().to_sec1_point(true);
    assert_eq!(compressed.as_bytes().len(), 33);
    assert!(PublicBytes::parse(compressed.as_bytes()).is_none());
    let mut padded = [0; 65];
    padded[..33].copy_from_slice(compressed.as_bytes());
    assert!(PublicBytes::parse(&padded).is_none());
    assert!(PublicBytes::parse(&long[..64]).is_none() && PublicBytes::parse(&[]).is_none());
    assert!(PublicBytes::parse(&[&long[..], &[0]].concat()).is_none());
    assert!(PublicBytes::parse(&[0; 65]).is_none(), "the point at infinity");
    // Other forms of SEC 1: compact and hybrid.
    for first in (0..=255).filter(|first| *first != 4) {
        let mut other = long;
        other[0] = first;
        assert!(PublicBytes::parse(&other).is_none(), "form {first}");
    }
    for bit in 8..65 * 8 {
        let mut off = long;
        off[bit / 8] ^= 1 << (bit % 8);
        assert!(PublicBytes::parse(&off).is_none(), "bit {bit} leads off the curve");
    }
    let mut random = [4; 65];
    for _ in 0..1_000 {
        entropy.fill(&mut random[1..]);
        assert!(PublicBytes::parse(&random).is_none());
    }
    assert!(!format!("{public:?}").contains(&format!("{:?}", &long[1..5])));
}

#[test]
fn a_signature_is_good_for_its_text_and_its_key_alone() {
    let mut entropy = SeededEntropy::new(38);
    let (secret, public) = key_pair(&mut entropy);
    let (_, other) = key_pair(&mut entropy);
    let text = b"ringproof-app-1\nPOST\n/app/api/sync\n5feceb66\n1764180000000\nnonce\n-";
    let signature: Signature = SigningKey::from(&secret).sign(text);
    let signature = signature.to_bytes();
    assert_eq!(signature.len(), 64);
    assert!(public.verifies(text, &signature));
    assert!(!other.verifies(text, &signature));
    for bit in 0..text.len() * 8 {
        let mut changed = text.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!public.verifies(&changed, &signature), "bit {bit} of the text");
    }
    for bit in 0..64 * 8 {
        let mut changed = signature.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!public.verifies(text, &changed), "bit {bit} of the signature");
    }
    for short in [&signature[..63], &signature[..0], &[0; 64]] {
        assert!(!public.verifies(text, short));
    }
    let der = Signature::from_slice(&signature).unwrap();
    assert!(!public.verifies(text, &[&der.to_bytes()[..], &[0]].concat()), "longer");
}
