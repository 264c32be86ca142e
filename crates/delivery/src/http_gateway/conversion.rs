//! Tells a provider that a code which it carried was entered.

use super::HttpGateway;
use crate::conversion::{Conversion, Told};
use crate::http_client::NoAnswer;
use crate::provider::base_url::may_be_called;
use crate::provider::status::retry_after;

impl HttpGateway {
    /// One try. It is beside the messages: it takes no turn of theirs, and no
    /// outcome closes the gateway.
    pub(super) async fn tell(&self, conversion: &Conversion) -> Told {
        let request = self.provider.conversion(conversion, (self.now)());
        let Some(request) = request else { return Told::Refused("it cannot be told".into()) };
        if !may_be_called(request.uri(), self.options.allow_plain_http) {
            return Told::Refused("its address may not be called".into());
        }
        match self.client.call(request).await {
            Err(NoAnswer { reason, .. }) => Told::Later(None, reason.into()),
            Ok(answer) if answer.status.is_success() => Told::Yes,
            Ok(answer) => {
                let status = answer.status.as_u16();
                let reason = format!("status {status}").into();
                if answer.status.is_server_error() || status == 429 {
                    let pause =
                        retry_after(&answer.headers).and_then(|pause| pause.try_into().ok());
                    return Told::Later(pause, reason);
                }
                Told::Refused(reason)
            }
        }
    }
}
