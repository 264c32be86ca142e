package scenario;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import ringproof.Authenticator;
import ringproof.Authenticators;
import ringproof.CountryPrices;
import ringproof.NewAuthenticator;
import ringproof.NumberOptions;
import ringproof.NumberVerification;
import ringproof.Recovery;
import ringproof.Service;
import ringproof.SmsOptions;
import ringproof.User;
import ringproof.Verigator;
import ringproof.WaitingDevice;
import ringproof.WidgetAnswer;
import ringproof.WidgetConfirmation;
import ringproof.WidgetRequest;
import ringproof.exceptions.VerigatorException;
import ringproof.serializers.AuthenticationResponse;
import ringproof.serializers.VerificationResponse;

/** The names of the scenario, as calls of the library. */
final class Library {
    private interface Act {
        JsonElement on(Arguments arguments) throws VerigatorException;
    }

    private final Verigator verigator;
    private final Map<String, Act> acts = new HashMap<>();

    Library(Verigator verigator) {
        this.verigator = verigator;
        services();
        authentication();
        authenticators();
        numbers();
        messages();
        widget();
    }

    boolean knows(String name) {
        return acts.containsKey(name);
    }

    JsonElement call(String name, JsonObject arguments) throws VerigatorException {
        return acts.get(name).on(new Arguments(arguments));
    }

    private void services() {
        acts.put("services.create",
            a -> service(verigator.createService(a.text("name"), a.text("domain"))));
        acts.put("services.get", a -> service(Service.get(verigator, a.text("service_id"))));
        acts.put("services.delete", a -> done(() -> service(a).delete()));
        acts.put("users.create",
            a -> user(service(a).registerUser(a.text("username"), a.text("number"))));
        acts.put("users.get", a -> user(service(a).getUser(a.text("user_id"))));
        acts.put("users.get_all", a -> {
            JsonArray users = new JsonArray();
            for (User user : a.has("limit")
                    ? service(a).getUsers(a.number("limit"), a.number("offset"))
                    : service(a).getUsers()) {
                users.add(user(user));
            }
            return users;
        });
        acts.put("users.delete", a -> done(() -> service(a).deleteUser(a.text("user_id"))));
        acts.put("users.unlock", a -> done(() -> user(a).unlock()));
    }

    private void authentication() {
        acts.put("auth.initiate", a -> new JsonPrimitive(started(a).getMethod()));
        acts.put("auth.start", a -> {
            AuthenticationResponse started = started(a);
            JsonObject object = new JsonObject();
            object.addProperty("method", started.getMethod());
            object.addProperty("auth_id", started.getAuthId().orElse(null));
            return object;
        });
        acts.put("auth.verify",
            a -> new JsonPrimitive(user(a).verifyPin(a.text("token")).isVerified()));
        acts.put("auth.check", a -> {
            VerificationResponse checked = user(a).verifyPin(a.text("token"));
            JsonObject object = new JsonObject();
            object.addProperty("verified", checked.isVerified());
            object.addProperty("method", checked.getMethod());
            object.addProperty("result", checked.getResult().name());
            checked.getRetryAfterSeconds()
                .ifPresent(seconds -> object.addProperty("retry_after", seconds));
            return object;
        });
    }

    private void authenticators() {
        acts.put("authenticators.create", a -> authenticator(user(a).authenticators()
            .create(a.text("name"), a.text("algorithm"), a.text("secret"))));
        acts.put("authenticators.confirm", a -> authenticator(user(a).authenticators()
            .confirm(a.text("authenticator_id"), a.text("token"))));
        acts.put("authenticators.list", a -> listed(user(a).authenticators().list()));
        acts.put("authenticators.delete",
            a -> done(() -> user(a).authenticators().delete(a.text("authenticator_id"))));
        acts.put("recovery.create", a -> {
            JsonArray codes = new JsonArray();
            user(a).recovery().create().getCodes().forEach(codes::add);
            JsonObject object = new JsonObject();
            object.add("codes", codes);
            return object;
        });
        acts.put("recovery.state", a -> {
            Recovery.State state = user(a).recovery().state();
            JsonObject object = new JsonObject();
            object.addProperty("left", state.getLeft());
            object.addProperty("ctime", state.getCtime().orElse(null));
            return object;
        });
        acts.put("recovery.use", a -> {
            Recovery.Use use = user(a).recovery().use(a.text("code"));
            JsonObject object = new JsonObject();
            object.addProperty("verified", use.isVerified());
            object.addProperty("result", use.getResult().name());
            use.getLeft().ifPresent(left -> object.addProperty("left", left));
            return object;
        });
    }

    private void numbers() {
        acts.put("number.start", a -> {
            NumberVerification.Started started =
                verigator.number().start(a.text("to"), options(a));
            JsonObject object = new JsonObject();
            object.addProperty("id", started.getId());
            object.addProperty("verified", started.isVerified());
            return object;
        });
        acts.put("number.verify", a -> new JsonPrimitive(verigator.number()
            .verify(a.text("verification_id"), a.text("pin"), options(a)).name()));
    }

    private void messages() {
        acts.put("sms.send", a -> {
            SmsOptions options = new SmsOptions();
            if (a.has("from")) {
                options.from(a.text("from"));
            }
            if (a.has("time_to_send")) {
                options.timeToSend(Instant.ofEpochSecond(a.number("time_to_send")));
            }
            return new JsonPrimitive(verigator.sms().send(a.text("to"), a.text("text"), options));
        });
        acts.put("sms.state",
            a -> new JsonPrimitive(verigator.sms().state(a.text("message_id")).name()));
        acts.put("sms.cancel", a -> done(() -> verigator.sms().cancel(a.text("message_id"))));
        acts.put("sms.balance",
            a -> new JsonPrimitive(verigator.sms().balance().toPlainString()));
        acts.put("sms.prices", a -> prices(verigator.sms().prices(a.text("country"))));
        acts.put("sms.price_list", a -> new JsonPrimitive(verigator.sms().priceList()));
    }

    private void widget() {
        acts.put("widget.request", a -> {
            WidgetRequest request =
                verigator.widget().request(a.text("callback_url")).phone(a.text("phone")).sign();
            JsonObject object = new JsonObject();
            object.addProperty("nonce", request.getNonce().orElse(null));
            object.addProperty("address", request.getUrl());
            return object;
        });
        acts.put("widget.check", a -> {
            WidgetAnswer answer =
                verigator.widget().check(a.texts("fields"), a.text("nonce"), a.text("phone"));
            JsonObject object = new JsonObject();
            object.addProperty("verified", answer.isVerified());
            object.addProperty("phone", answer.getPhone().orElse(null));
            object.addProperty("vid", answer.getVid().orElse(null));
            return object;
        });
        acts.put("widget.confirm", a -> {
            WidgetConfirmation confirmed = verigator.widget().confirm(a.text("vid"));
            JsonObject object = new JsonObject();
            object.addProperty("verified", confirmed.isVerified());
            object.addProperty("phone", confirmed.getPhone().orElse(null));
            object.addProperty("user", confirmed.getUser());
            object.addProperty("version", confirmed.getVersion());
            object.addProperty("nonce", confirmed.getNonce().orElse(null));
            object.addProperty("callback_url", confirmed.getCallbackUrl().orElse(null));
            return object;
        });
    }

    private Service service(Arguments a) throws VerigatorException {
        return verigator.serviceOf(a.text("service_id"));
    }

    private User user(Arguments a) throws VerigatorException {
        return service(a).userOf(a.text("user_id"));
    }

    /** By the calls that the old samples make, where there is one for the word. */
    private AuthenticationResponse started(Arguments a) throws VerigatorException {
        switch (a.text("method")) {
            case "sms":
                return user(a).authenticateUsingSMS();
            case "totp":
                return user(a).authenticateUsingTotp();
            default:
                return user(a).authenticate(a.text("method"));
        }
    }

    private static NumberOptions options(Arguments a) {
        NumberOptions options = new NumberOptions();
        Map<String, Runnable> settings = Map.of(
            "template", () -> options.template(a.text("template")),
            "pin_length", () -> options.pinLength(a.number("pin_length")),
            "from", () -> options.from(a.text("from")),
            "max_tries", () -> options.maxTries(a.number("max_tries")),
            "retry_delay", () -> options.retryDelay(Duration.ofSeconds(a.number("retry_delay"))),
            "validity", () -> options.validity(Duration.ofSeconds(a.number("validity"))),
            "ip", () -> options.ip(a.text("ip")),
            "browser", () -> options.browser(a.text("browser")),
            "cookie", () -> options.cookie(a.text("cookie")));
        settings.forEach((name, set) -> {
            if (a.has(name)) {
                set.run();
            }
        });
        return options;
    }

    private static JsonObject service(Service service) {
        JsonObject object = new JsonObject();
        object.addProperty("id", service.getServiceId());
        object.addProperty("name", service.getName());
        object.addProperty("ctime", service.getCtime());
        return object;
    }

    private static JsonObject user(User user) {
        JsonObject object = new JsonObject();
        object.addProperty("id", user.getId());
        object.addProperty("username", user.getUsername());
        object.addProperty("ctime", user.getCtime());
        return object;
    }

    private static JsonObject authenticator(Authenticator authenticator) {
        JsonObject object = new JsonObject();
        object.addProperty("id", authenticator.getId());
        object.addProperty("name", authenticator.getName());
        object.addProperty("kind", authenticator.getKind());
        object.addProperty("confirmed", authenticator.isConfirmed());
        object.addProperty("algorithm", authenticator.getAlgorithm());
        object.addProperty("digits", authenticator.getDigits());
        object.addProperty("period", authenticator.getPeriodSeconds());
        object.addProperty("ctime", authenticator.getCtime());
        object.addProperty("used", authenticator.getUsed().orElse(null));
        if (authenticator instanceof NewAuthenticator) {
            NewAuthenticator made = (NewAuthenticator) authenticator;
            object.addProperty("secret", made.getSecret());
            object.addProperty("uri", made.getUri());
            object.addProperty("qr_svg", made.getQrSvg());
            object.addProperty("qr_png", made.getQrPng());
        }
        return object;
    }

    private static JsonObject listed(Authenticators.Listed listed) {
        JsonArray authenticators = new JsonArray();
        listed.getAuthenticators().forEach(one -> authenticators.add(authenticator(one)));
        JsonArray waiting = new JsonArray();
        for (WaitingDevice device : listed.getWaiting()) {
            JsonObject object = new JsonObject();
            object.addProperty("id", device.getId());
            object.addProperty("ctime", device.getCtime());
            object.addProperty("held_until", device.getHeldUntil());
            waiting.add(object);
        }
        JsonObject object = new JsonObject();
        object.add("authenticators", authenticators);
        object.add("waiting", waiting);
        return object;
    }

    private static JsonObject prices(CountryPrices prices) {
        JsonArray networks = new JsonArray();
        for (CountryPrices.Network network : prices.getNetworks()) {
            JsonObject object = new JsonObject();
            object.addProperty("mccmnc", network.getMccmnc());
            object.addProperty("name", network.getName());
            object.addProperty("price", network.getPrice().toPlainString());
            networks.add(object);
        }
        JsonObject object = new JsonObject();
        object.addProperty("country", prices.getCountry());
        object.addProperty("name", prices.getName());
        object.addProperty("prefix", prices.getPrefix());
        object.add("networks", networks);
        return object;
    }

    private interface Deed {
        void run() throws VerigatorException;
    }

    private static JsonElement done(Deed deed) throws VerigatorException {
        deed.run();
        return JsonNull.INSTANCE;
    }

    /** Arguments of one call. */
    private static final class Arguments {
        private final JsonObject arguments;

        private Arguments(JsonObject arguments) {
            this.arguments = arguments;
        }

        boolean has(String name) {
            return arguments.has(name);
        }

        String text(String name) {
            return arguments.has(name) ? arguments.get(name).getAsString() : null;
        }

        Map<String, String> texts(String name) {
            Map<String, String> texts = new HashMap<>();
            arguments.getAsJsonObject(name).entrySet()
                .forEach(member -> texts.put(member.getKey(), member.getValue().getAsString()));
            return texts;
        }

        int number(String name) {
            return arguments.has(name) ? arguments.get(name).getAsInt() : 0;
        }
    }
}
