/** What the client throws; the message is the raw text of the body. */
class VerigatorException extends Exception {
    VerigatorException(String body) {
        super(body);
    }

    /** Returns when the status is exactly the expected one, else throws what it stands for. */
    static void expect(Http.Response response, int expected) throws VerigatorException {
        if (response.status() == expected) {
            return;
        }
        switch (response.status()) {
            case 400, 422 -> throw new InvalidData(response.body());
            case 401 -> throw new WrongCredentials(response.body());
            case 403 -> throw new ResourceForbidden(response.body());
            case 404 -> throw new NoSuchResource(response.body());
            case 409 -> throw new ResourceAlreadyExists(response.body());
            default -> throw new InternalError(response.body());
        }
    }
}

/** 400 and 422. */
final class InvalidData extends VerigatorException {
    InvalidData(String body) {
        super(body);
    }
}

/** 401. */
final class WrongCredentials extends VerigatorException {
    WrongCredentials(String body) {
        super(body);
    }
}

/** 403. */
final class ResourceForbidden extends VerigatorException {
    ResourceForbidden(String body) {
        super(body);
    }
}

/** 404. */
final class NoSuchResource extends VerigatorException {
    NoSuchResource(String body) {
        super(body);
    }
}

/** 409. */
final class ResourceAlreadyExists extends VerigatorException {
    ResourceAlreadyExists(String body) {
        super(body);
    }
}

/** Every other status that is not the expected one, and a call that got no answer. */
final class InternalError extends VerigatorException {
    InternalError(String body) {
        super(body);
    }
}
