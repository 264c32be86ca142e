package ringproof;

import ringproof.exceptions.Details;
import ringproof.exceptions.InsufficientCreditException;
import ringproof.exceptions.InternalErrorException;
import ringproof.exceptions.InvalidDataException;
import ringproof.exceptions.InvalidResponseException;
import ringproof.exceptions.NoSuchResourceException;
import ringproof.exceptions.ResourceAlreadyExistsException;
import ringproof.exceptions.ResourceForbiddenException;
import ringproof.exceptions.ThrottledException;
import ringproof.exceptions.UnavailableException;
import ringproof.exceptions.VerigatorException;
import ringproof.exceptions.VerigatorInternalError;
import ringproof.exceptions.WrongCredentialsException;

/** What an answer that is no success stands for. */
final class Refusals {
    /** What the codes from 104 to 107 mean, which depends on the call. */
    enum Codes { NUMBER, SENDING, MESSAGE, PRICES }

    private Refusals() {}

    static VerigatorException ofStatus(int status, String message, Details details) {
        switch (status) {
            case 400:
            case 413:
            case 414:
            case 422:
            case 431:
                return new InvalidDataException(message, details);
            case 401:
                return new WrongCredentialsException(message, details);
            case 403:
                return new ResourceForbiddenException(message, details);
            case 404:
                return new NoSuchResourceException(message, details);
            case 409:
                return new ResourceAlreadyExistsException(message, details);
            case 429:
                return new ThrottledException(message, details);
            case 408:
            case 502:
            case 503:
            case 504:
                return new UnavailableException(message, details);
            case 500:
                return new InternalErrorException(message, details);
            default:
                return new VerigatorInternalError(message, details);
        }
    }

    static VerigatorException ofCode(String code, Codes codes, Details plain) {
        Details details = plain.because(code, null);
        switch (code) {
            case "ERROR 101":
                return new WrongCredentialsException(
                    code + ": wrong username or password, or too many failed logins", details);
            case "ERROR 102":
                return new InvalidDataException(
                    code + ": a parameter is missing or not allowed", details);
            case "ERROR 103":
                return new ResourceForbiddenException(
                    code + ": this address may not call, or not over plain HTTP", details);
            case "ERROR 108":
                return new ThrottledException(
                    code + ": the number is blocked, or has got too many messages", details);
            case "ERROR 109":
                return new InvalidDataException(code + ": the template has no <PIN>", details);
            case "ERROR 110":
                return new NoSuchResourceException(
                    code + ": there is no such verification", details);
            case "ERROR 111":
                return new ResourceForbiddenException(
                    code + ": the account has no sender of this name", details);
            default:
                return code.startsWith("FAILED")
                    ? new UnavailableException(
                        code + ": the server or its gateways cannot do it now", details)
                    : ofOwnCode(code, codes, details);
        }
    }

    private static VerigatorException ofOwnCode(String code, Codes codes, Details details) {
        switch (codes + " " + code) {
            case "SENDING ERROR 104":
            case "SENDING ERROR 105":
                return new InvalidDataException(code + ": no number of a known country", details);
            case "SENDING ERROR 106":
                return new ResourceForbiddenException(
                    code + ": no messages to this country", details);
            case "SENDING ERROR 107":
                return new InsufficientCreditException(code + ": not enough credit", details);
            case "MESSAGE ERROR 107":
                return new NoSuchResourceException(code + ": there is no such message", details);
            case "PRICES ERROR 104":
            case "PRICES ERROR 106":
                return new InvalidDataException(code + ": there is no such country", details);
            case "PRICES ERROR 105":
                return new NoSuchResourceException(code + ": it has no price", details);
            default:
                return new VerigatorException(code, details);
        }
    }

    /** What came is no answer of a Ringproof server. */
    static InvalidResponseException notOurs(Incoming incoming, String what) {
        Details details = incoming.details().maybeSent(incoming.status < 300);
        return new InvalidResponseException(
            what + ": this is no answer of a Ringproof server", details);
    }
}
