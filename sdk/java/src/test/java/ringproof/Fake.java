package ringproof;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server of ours that answers as the test says. Loopback only. */
final class Fake implements AutoCloseable {
    static final String PASSWORD = "correct-horse-battery";
    static final String SERVICE =
        "{\"id\":\"service-1\",\"name\":\"Shop\",\"ctime\":\"2026-02-03T09:15:27.004Z\"}";

    /** Makes an answer. */
    interface Answerer {
        void answer(HttpExchange exchange, String body) throws Exception;
    }

    /** Makes bytes, once a head of a request has come. */
    interface ByteAnswerer {
        void answer(Socket socket) throws Exception;
    }

    final String url;
    /** Method, path and body of what came, or the first bytes of it. */
    final List<String> seen = new CopyOnWriteArrayList<>();
    final List<HttpExchange> exchanges = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final ServerSocket socket;

    private Fake(HttpServer server, ServerSocket socket, int port) {
        this.server = server;
        this.socket = socket;
        this.url = "http://127.0.0.1:" + port;
    }

    static Fake http(Answerer answerer) throws IOException {
        HttpServer server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Fake fake = new Fake(server, null, server.getAddress().getPort());
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String path = exchange.getRequestURI().toString();
            fake.seen.add(exchange.getRequestMethod() + " " + path + " " + body);
            fake.exchanges.add(exchange);
            try {
                answerer.answer(exchange, body);
            } catch (Exception ended) {
                exchange.close();
            }
        });
        server.setExecutor(fake.threads);
        server.start();
        return fake;
    }

    static Fake bytes(ByteAnswerer answerer) throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Fake fake = new Fake(null, socket, socket.getLocalPort());
        fake.threads.execute(() -> {
            while (!socket.isClosed()) {
                try {
                    Socket one = socket.accept();
                    fake.threads.execute(() -> fake.serve(one, answerer));
                } catch (IOException closed) {
                    return;
                }
            }
        });
        return fake;
    }

    private void serve(Socket one, ByteAnswerer answerer) {
        try (Socket open = one) {
            InputStream input = open.getInputStream();
            byte[] head = new byte[8192];
            int length = input.read(head);
            seen.add(new String(head, 0, Math.max(length, 0), StandardCharsets.UTF_8));
            answerer.answer(open);
        } catch (Exception ended) {
            // The test has what it wanted to see.
        }
    }

    /** Answers with a text. */
    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    static Fake answering(int status, String body) throws IOException {
        return http((exchange, sent) -> send(exchange, status, body));
    }

    /** An address at which nobody listens. */
    static String nobody() throws IOException {
        try (Fake fake = bytes(one -> { })) {
            return fake.url;
        }
    }

    static Verigator client(String first, String... others) {
        return Verigator.builder("shop", PASSWORD).endpoint(first, others).build();
    }

    @Override
    public void close() throws IOException {
        if (server != null) {
            server.stop(0);
        }
        if (socket != null) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
