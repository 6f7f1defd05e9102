//! One verification with a known result, so that a missing or faulty cryptographic library is noticed when the server
//! starts, and not at the first request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::settings::SettingsError;

/// Signed once with RS256; the private key no longer exists.
const MESSAGE: &[u8] = b"resourceful self-check";

const MODULUS: &str = "\
    ryBs1BNfnvYsBi44cox5Z5E6rXxf2dGIz9-MaQ8-PorNvyofm26WtMUNoltbpAyu1qpV7A7MuNZniSK3PnXZcNL13pgPTKo1Dx3obXm9cDNJcE\
    VFTPzPsXYzQkGw5_nu_shx0dULEK_oPmLq-DV50ZKDjKaVNBLRp8JkzJDdJnAyeSBmX4edYsPHI0SxpzRy8Ufje0hMhh_2-MU794sdvLto1Kfw\
    FLfe9T1NZh8wovCeuphUW4zennNLKi90x4xShW22yRlCrO7MLWOwyya_DyrvyX0FXBCuetVhaHIzItf4zmrQtu9S4zIM6tn5TEbx_9OprHDOI1\
    axS9nbMfOlJw";

const SIGNATURE: &str = "\
    Ggd3WGXf4fuHnnBfPaL80rupoNmvoBRyzareL0RgazQkAq7Pftkh9FHJIYu1SD6byMQt4hRtzxymxd42f3WAQUd4Q3sahCeCH_AG9f6fpUGQy1\
    B_azMD7LkKalhdTRALCea1xv8G8jTMaRwAVbN1jRdJ1HPI2omNSWQMfsARxFapqJfQdKdj15DwME5pjnNVrGmlyYga5Eg9l3w6dphIblMPcWvr\
    KsZqYCjnPzn9MQVbpUGT-xNjR40N01awQAelRLZZNQaLH1tDbAauZ3xlRdV1qbR8t7U0wjnAw3tKzmOL2zlmXvqEC61bCfuijNJ5ATGLedYhb3\
    Pmn9Kc0z-4Eg";

/// Checks that the known signature is accepted, and that it is refused for a changed message.
pub(crate) fn run() -> Result<(), SettingsError> {
    // jsonwebtoken chooses its backend by cargo features, and panics if a dependency of the application enables a
    // second one. Installing a backend explicitly prevents that. If the application has installed one already, that
    // one is used.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let modulus = URL_SAFE_NO_PAD.decode(MODULUS).unwrap_or_default();
    let key = DecodingKey::from_rsa_raw_components(&modulus, &[1, 0, 1]);
    let fits = |message: &[u8]| jsonwebtoken::crypto::verify(SIGNATURE, message, &key, Algorithm::RS256);
    match (fits(MESSAGE), fits(&MESSAGE[1..])) {
        (Ok(true), Ok(false)) => Ok(()),
        _ => Err(SettingsError::new("The cryptographic library does not verify a known RS256 signature correctly")),
    }
}
