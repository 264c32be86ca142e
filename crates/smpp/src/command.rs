//! Numbers of commands and their names (SMPP 3.4 §5.1.2.1).

/// Bit 31: the PDU answers another one.
pub const RESPONSE: u32 = 0x8000_0000;

macro_rules! commands {
    ($($name:ident = $number:literal, $word:literal;)+) => {
        $(
            #[doc = concat!("`", $word, "`")]
            pub const $name: u32 = $number;
        )+

        /// The name of a command as the specification writes it, for logs.
        pub fn name(command_id: u32) -> Option<&'static str> {
            match command_id {
                $($name => Some($word),)+
                _ => None,
            }
        }
    };
}

commands! {
    GENERIC_NACK = 0x8000_0000, "generic_nack";
    BIND_RECEIVER = 0x0000_0001, "bind_receiver";
    BIND_RECEIVER_RESP = 0x8000_0001, "bind_receiver_resp";
    BIND_TRANSMITTER = 0x0000_0002, "bind_transmitter";
    BIND_TRANSMITTER_RESP = 0x8000_0002, "bind_transmitter_resp";
    SUBMIT_SM = 0x0000_0004, "submit_sm";
    SUBMIT_SM_RESP = 0x8000_0004, "submit_sm_resp";
    DELIVER_SM = 0x0000_0005, "deliver_sm";
    DELIVER_SM_RESP = 0x8000_0005, "deliver_sm_resp";
    UNBIND = 0x0000_0006, "unbind";
    UNBIND_RESP = 0x8000_0006, "unbind_resp";
    BIND_TRANSCEIVER = 0x0000_0009, "bind_transceiver";
    BIND_TRANSCEIVER_RESP = 0x8000_0009, "bind_transceiver_resp";
    OUTBIND = 0x0000_000B, "outbind";
    ENQUIRE_LINK = 0x0000_0015, "enquire_link";
    ENQUIRE_LINK_RESP = 0x8000_0015, "enquire_link_resp";
    ALERT_NOTIFICATION = 0x0000_0102, "alert_notification";
    DATA_SM = 0x0000_0103, "data_sm";
    DATA_SM_RESP = 0x8000_0103, "data_sm_resp";
}

/// Whether a command answers another one. Who gets an unknown one that does
/// not must say so by `generic_nack`; one that does is ignored.
pub fn is_response(command_id: u32) -> bool {
    command_id & RESPONSE != 0
}
