import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;

/**
 * Runs the whole flow of the official Java client against a server started with `--dev`.
 *
 * <p>Arguments: DEV_JSON [--rival FILE] [--outsider FILE]. DEV_JSON is `<data>/dev.json`; the
 * optional files hold what `ringproof account create --json` printed: a second account, and an
 * account whose allow-list excludes this machine. Prints a line a check and `N passed, N failed`;
 * exit code 1 when a check failed. Conformance cases 283, 284 and 285.
 */
final class Main {
    /** Well formed, and nobody has it. */
    private static final String UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";
    /** Longer than the pause that one number and service must keep between two messages. */
    private static final int PAUSE_SECONDS = 31;

    private final Checks checks = new Checks();
    private final Map<?, ?> dev;
    private final Development development;
    private final int run = new SecureRandom().nextInt(1_000_000);
    private int numbers;

    private Main(Map<?, ?> dev) {
        this.dev = dev;
        this.development = new Development((String) dev.get("base_url"));
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length % 2 != 1) {
            System.err.println("usage: java Main DEV_JSON [--rival FILE] [--outsider FILE]");
            System.exit(2);
        }
        Map<?, ?> rival = null;
        Map<?, ?> outsider = null;
        for (int i = 1; i < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--rival" -> rival = readJson(arguments[i + 1]);
                case "--outsider" -> outsider = readJson(arguments[i + 1]);
                default -> throw new IllegalArgumentException(arguments[i]);
            }
        }
        Main main = new Main(readJson(arguments[0]));
        for (Http.Release release : Http.Release.values()) {
            main.part(() -> main.wholeFlow(release));
        }
        main.part(main::errors);
        Map<?, ?> rivalAccount = rival;
        Map<?, ?> outsiderAccount = outsider;
        main.part(() -> main.otherAccounts(rivalAccount, outsiderAccount));
        System.exit(main.checks.report());
    }

    private void part(Checks.Act act) {
        try {
            act.run();
        } catch (Checks.Stopped stopped) {
            // Counted where it happened.
        } catch (Exception error) {
            checks.that("no step ends unexpectedly", false, "threw " + error);
        }
    }

    /** Cases 283 and 285: every call once, in the order of a first integration. */
    private void wholeFlow(Http.Release release) throws Exception {
        String as = release + ": ";
        // Release 1.1 is also given a base that ends in a slash: its paths then begin with two.
        boolean isDoubled = release == Http.Release.PACKAGED_1_1;
        Verigator api = client(dev, isDoubled ? "/" : "", release);
        String number = number();
        // The client sends non-ASCII as UTF-8 and reads with another charset.
        String name = "K\u00f6\u00f6k \u2615 " + tag(release);

        Verigator.Service service = checks.gives(as + "create service",
            () -> api.createService(name, "shop.example"));
        checks.equal(as + "the service has its name, non-ASCII included", service.name, name);
        Verigator.Service read = checks.gives(as + "get service", () -> api.getService(service.id));
        checks.equal(as + "reads back the same", List.of(read.id, read.name, read.ctime),
            List.of(service.id, name, service.ctime));
        List<Verigator.User> none = checks.gives(as + "list of a new service", service::getUsers);
        checks.equal(as + "a new service has no users", none.size(), 0);
        String login = "jane@shop.example";
        Verigator.User user = checks.gives(as + "register user",
            () -> service.registerUser(login, number));
        Verigator.User found = checks.gives(as + "get user on the singular path",
            () -> service.getUser(user.id));
        checks.equal(as + "reads back the same user",
            List.of(found.id, found.username, found.ctime), List.of(user.id, login, user.ctime));
        List<Verigator.User> listed = checks.gives(as + "list users", service::getUsers);
        checks.equal(as + "the list has that user",
            listed.stream().map(entry -> entry.id).toList(), List.of(user.id));

        authenticate(as, user, number);
        checks.fails(as + "a service that has users stays", ResourceAlreadyExists.class,
            service::delete);
        checks.does(as + "delete user", () -> service.deleteUser(user.id));
        checks.does(as + "delete service", service::delete);
        checks.fails(as + "the service is gone", NoSuchResource.class,
            () -> api.getService(service.id));
    }

    private void authenticate(String as, Verigator.User user, String number) throws Exception {
        long mark = development.lastSeq(number);
        String used = checks.gives(as + "authenticate by sms", user::authenticateUsingSms);
        checks.equal(as + "sms is the method used", used, "sms");
        String pin = development.pinAfter(number, mark);
        if (!checks.that(as + "the PIN arrives", pin != null, "no message in time")) {
            throw new Checks.Stopped();
        }
        String wrong = Development.wrongPin(pin);
        boolean isIn = checks.gives(as + "verify wrong", () -> user.verifyPin(wrong));
        checks.equal(as + "a wrong PIN is false", isIn, false);
        isIn = checks.gives(as + "verify right", () -> user.verifyPin(pin));
        checks.equal(as + "the right PIN is true", isIn, true);
        checks.fails(as + "the same PIN again", NoSuchResource.class, () -> user.verifyPin(pin));
        // 429 is a status this client has no exception for.
        checks.fails(as + "a start too soon", InternalError.class, user::authenticateUsingSms);

        development.advance(PAUSE_SECONDS);
        long later = development.lastSeq(number);
        String method = checks.gives(as + "authenticate by totp", user::authenticateUsingTotp);
        checks.equal(as + "totp without a device falls back to sms", method, "sms");
        String second = development.pinAfter(number, later);
        boolean isVerified = second != null && user.verifyPin(second);
        checks.that(as + "and sends a PIN that verifies", isVerified, "PIN missing or refused");
    }

    /** Case 284: each documented exception, with the raw body as its text. */
    private void errors() throws Exception {
        Verigator api = client(dev, "", Http.Release.PACKAGED_1_1);
        String username = (String) dev.get("username");
        Map<?, ?> account = Map.of("username", username, "password", "wrong-password-of-it");
        Verigator wrong = client(account, "", Http.Release.PACKAGED_1_1);
        String name = "Errors " + tag(null);
        Verigator.Service service = api.createService(name, "err.example");
        Verigator.Service missing = api.new Service("wrong-service-id", null, null);
        String number = number();
        Verigator.User user = service.registerUser("bob", number);
        Verigator.User nobody = api.new User(service, UNKNOWN_ID, null, null);

        checks.fails("wrong password", WrongCredentials.class, () -> wrong.getService(service.id));
        checks.fails("wrong password on a POST", WrongCredentials.class,
            () -> wrong.createService("x", "y.example"));
        checks.fails("unknown service", NoSuchResource.class, () -> api.getService(UNKNOWN_ID));
        checks.fails("id that is no UUID", NoSuchResource.class,
            () -> api.getService("wrong-service-id"));
        checks.fails("delete of an unknown service", NoSuchResource.class, missing::delete);
        checks.fails("list of an unknown service", NoSuchResource.class, missing::getUsers);
        checks.fails("user of an unknown service", NoSuchResource.class,
            () -> missing.registerUser("x", number));
        checks.fails("unknown user", NoSuchResource.class, () -> service.getUser(UNKNOWN_ID));
        checks.fails("delete of an unknown user", NoSuchResource.class,
            () -> service.deleteUser(UNKNOWN_ID));
        checks.fails("start for an unknown user", NoSuchResource.class,
            nobody::authenticateUsingSms);
        checks.fails("duplicate service", ResourceAlreadyExists.class,
            () -> api.createService(name, "other.example"));
        checks.fails("duplicate user", ResourceAlreadyExists.class,
            () -> service.registerUser("bob", number));
        checks.fails("bad phone number", InvalidData.class,
            () -> service.registerUser("carol", "abc"));
        checks.fails("bad domain", InvalidData.class,
            () -> api.createService("Bad " + name, "not a host"));
        checks.fails("unknown method", InvalidData.class, () -> user.authenticate("voice"));
        checks.fails("verify without a start", NoSuchResource.class,
            () -> user.verifyPin("123456"));
        checks.fails("empty PIN", InvalidData.class, () -> user.verifyPin(""));
        service.deleteUser(user.id);
        service.delete();
    }

    /** A foreign service is a missing one; an address outside the allow-list is forbidden. */
    private void otherAccounts(Map<?, ?> rival, Map<?, ?> outsider) throws Exception {
        Verigator api = client(dev, "", Http.Release.PACKAGED_1_1);
        if (rival == null) {
            System.out.println("SKIPPED the foreign service: no --rival account was given");
        } else {
            Verigator theirs = client(rival, "", Http.Release.PACKAGED_1_1);
            Verigator.Service service = theirs.createService("Rival " + tag(null), "rival.example");
            Verigator.Service seen = api.new Service(service.id, null, null);
            String missing = checks.fails("unknown service", NoSuchResource.class,
                () -> api.getService(UNKNOWN_ID));
            String foreign = checks.fails("foreign service", NoSuchResource.class,
                () -> api.getService(service.id));
            checks.equal("foreign and missing read the same", foreign, missing);
            checks.fails("user of a foreign service", NoSuchResource.class,
                () -> seen.registerUser("x", number()));
            checks.fails("delete of a foreign service", NoSuchResource.class, seen::delete);
            checks.gives("its owner still has it", () -> theirs.getService(service.id));
            service.delete();
        }
        if (outsider == null) {
            System.out.println("SKIPPED the allow-list: no --outsider account was given");
        } else {
            Verigator outside = client(outsider, "", Http.Release.PACKAGED_1_1);
            checks.fails("address outside the allow-list", ResourceForbidden.class,
                () -> outside.getService(UNKNOWN_ID));
        }
    }

    private Verigator client(Map<?, ?> account, String slash, Http.Release release) {
        String base = dev.get("base_url") + slash;
        return new Verigator((String) account.get("username"), (String) account.get("password"),
            base, "v1", release);
    }

    /** Names and numbers are of this run alone,
        so that a second run on the same folder passes too. */
    private String tag(Http.Release release) {
        return String.format("java%06d %s", run, release);
    }

    private String number() {
        return String.format("+3726%06d%d", run, numbers++);
    }

    private static Map<?, ?> readJson(String path) throws Exception {
        return (Map<?, ?>) Json.parse(Files.readString(Path.of(path)));
    }
}
