# The peer: Cloudflare's runtime with SQLite objects on disk, in its default settings. Port and folder are given on the command line
# (--socket-addr http=…, --directory-path data=…).
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "data", disk = (path = "/nonexistent", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [
    (className = "Counter", uniqueKey = "counter", enableSql = true),
    (className = "Table", uniqueKey = "bench-table", enableSql = true),
    (className = "Wake", uniqueKey = "bench-wake", enableSql = true),
    (className = "Room", uniqueKey = "bench-room", enableSql = true),
    (className = "Alarm", uniqueKey = "bench-alarm", enableSql = true),
    (className = "Chain", uniqueKey = "bench-chain", enableSql = true),
    (className = "Intake", uniqueKey = "intake", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [
    (name = "counter", durableObjectNamespace = "Counter"),
    (name = "bench-table", durableObjectNamespace = "Table"),
    (name = "bench-wake", durableObjectNamespace = "Wake"),
    (name = "bench-room", durableObjectNamespace = "Room"),
    (name = "bench-alarm", durableObjectNamespace = "Alarm"),
    (name = "bench-chain", durableObjectNamespace = "Chain"),
    (name = "intake", durableObjectNamespace = "Intake"),
  ],
);
