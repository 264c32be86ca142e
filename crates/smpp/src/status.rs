//! Numbers in the field `command_status`, and their names for logs (SMPP 3.4
//! §5.1.3, SMPP 5.0 §4.7.6). What follows from one is no matter of the wire:
//! that is data of each gateway.

macro_rules! statuses {
    ($($name:ident = $number:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: u32 = $number;
        )+

        /// The name of a status as the specification writes it, without its
        /// `ESME_`; `None` for numbers that are reserved or of the vendors
        /// (0x400 to 0x4FF).
        pub fn name(status: u32) -> Option<&'static str> {
            match status {
                $($name => Some(stringify!($name)),)+
                _ => None,
            }
        }
    };
}

statuses! {
    ROK = 0x0000, "No error.";
    RINVMSGLEN = 0x0001, "Message length is invalid.";
    RINVCMDLEN = 0x0002, "Command length is invalid.";
    RINVCMDID = 0x0003, "Invalid command id.";
    RINVBNDSTS = 0x0004, "Incorrect bind status for the command.";
    RALYBND = 0x0005, "Already bound.";
    RINVPRTFLG = 0x0006, "Invalid priority flag.";
    RINVREGDLVFLG = 0x0007, "Invalid flag of registered delivery.";
    RSYSERR = 0x0008, "System error.";
    RINVSRCADR = 0x000A, "Invalid source address.";
    RINVDSTADR = 0x000B, "Invalid destination address.";
    RINVMSGID = 0x000C, "The message id is invalid.";
    RBINDFAIL = 0x000D, "Bind failed.";
    RINVPASWD = 0x000E, "Invalid password.";
    RINVSYSID = 0x000F, "Invalid system id.";
    RCANCELFAIL = 0x0011, "Cancelling failed.";
    RREPLACEFAIL = 0x0013, "Replacing failed.";
    RMSGQFUL = 0x0014, "Message queue full.";
    RINVSERTYP = 0x0015, "Invalid service type.";
    RINVNUMDESTS = 0x0033, "Invalid number of destinations.";
    RINVDLNAME = 0x0034, "Invalid name of a distribution list.";
    RINVDESTFLAG = 0x0040, "Invalid destination flag.";
    RINVSUBREP = 0x0042, "Submitting with replacement is not supported.";
    RINVESMCLASS = 0x0043, "Invalid `esm_class`.";
    RCNTSUBDL = 0x0044, "Cannot submit to a distribution list.";
    RSUBMITFAIL = 0x0045, "Submitting failed.";
    RINVSRCTON = 0x0048, "Invalid type of number of the source.";
    RINVSRCNPI = 0x0049, "Invalid numbering plan of the source.";
    RINVDSTTON = 0x0050, "Invalid type of number of the destination.";
    RINVDSTNPI = 0x0051, "Invalid numbering plan of the destination.";
    RINVSYSTYP = 0x0053, "Invalid system type.";
    RINVREPFLAG = 0x0054, "Invalid `replace_if_present` flag.";
    RINVNUMMSGS = 0x0055, "Invalid number of messages.";
    RTHROTTLED = 0x0058, "More messages than allowed.";
    RINVSCHED = 0x0061, "Invalid scheduled delivery time.";
    RINVEXPIRY = 0x0062, "Invalid validity period.";
    RINVDFTMSGID = 0x0063, "The predefined message is invalid or not found.";
    RX_T_APPN = 0x0064, "Temporary error of the receiver's application.";
    RX_P_APPN = 0x0065, "Permanent error of the receiver's application.";
    RX_R_APPN = 0x0066, "The receiver's application rejects the message.";
    RQUERYFAIL = 0x0067, "Query failed.";
    RINVTLVSTREAM = 0x00C0, "Error in the optional part of the body.";
    RTLVNOTALLWD = 0x00C1, "Optional parameter not allowed.";
    RINVTLVLEN = 0x00C2, "Invalid length of a parameter.";
    RMISSINGTLV = 0x00C3, "An expected optional parameter is missing.";
    RINVTLVVAL = 0x00C4, "Invalid value of an optional parameter.";
    RDELIVERYFAILURE = 0x00FE, "Delivery failed.";
    RUNKNOWNERR = 0x00FF, "Unknown error.";
    RSERTYPUNAUTH = 0x0100, "Not authorised to use the service type.";
    RPROHIBITED = 0x0101, "Prohibited from the operation.";
    RSERTYPUNAVAIL = 0x0102, "The service type is not available.";
    RSERTYPDENIED = 0x0103, "The service type is denied.";
    RINVDCS = 0x0104, "Invalid data coding.";
    RINVSRCADDRSUBUNIT = 0x0105, "Invalid subunit of the source address.";
    RINVDSTADDRSUBUNIT = 0x0106, "Invalid subunit of the destination address.";
    RINVBCASTFREQINT = 0x0107, "Invalid interval of broadcasts.";
    RINVBCASTALIAS_NAME = 0x0108, "Invalid alias of a broadcast.";
    RINVBCASTAREAFMT = 0x0109, "Invalid format of a broadcast area.";
    RINVNUMBCAST_AREAS = 0x010A, "Invalid number of broadcast areas.";
    RINVBCASTCNTTYPE = 0x010B, "Invalid type of broadcast content.";
    RINVBCASTMSGCLASS = 0x010C, "Invalid class of a broadcast.";
    RBCASTFAIL = 0x010D, "Broadcast failed.";
    RBCASTQUERYFAIL = 0x010E, "Querying a broadcast failed.";
    RBCASTCANCELFAIL = 0x010F, "Cancelling a broadcast failed.";
    RINVBCAST_REP = 0x0110, "Invalid number of repeated broadcasts.";
    RINVBCASTSRVGRP = 0x0111, "Invalid service group of a broadcast.";
    RINVBCASTCHANIND = 0x0112, "Invalid channel of a broadcast.";
}
