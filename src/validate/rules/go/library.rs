//! Types of the library of Go that are known by their names.

/// Those that are no interfaces.
pub(super) const LIBRARY: [&str; 31] = [
    DURATION,
    "big.Int",
    "bufio.Reader",
    "bufio.Scanner",
    "bufio.Writer",
    "bytes.Buffer",
    "bytes.Reader",
    "exec.Cmd",
    "http.Client",
    "http.Cookie",
    "http.Request",
    "http.Response",
    "http.ServeMux",
    "http.Server",
    "http.Transport",
    "json.Decoder",
    "json.Encoder",
    "os.File",
    "regexp.Regexp",
    "sql.DB",
    "sql.Rows",
    "sql.Tx",
    "strings.Builder",
    "strings.Reader",
    "sync.Mutex",
    "sync.RWMutex",
    "sync.WaitGroup",
    "time.Ticker",
    "time.Time",
    "time.Timer",
    "url.URL",
];

/// Of these the one that is a number.
pub(super) const DURATION: &str = "time.Duration";

/// Interfaces, with the path of their package, and the methods that they ask for.
const INTERFACES: [(&str, &[&str]); 22] = [
    ("context.Context", &["Deadline", "Done", "Err", "Value"]),
    ("encoding.TextMarshaler", &["MarshalText"]),
    ("encoding.TextUnmarshaler", &["UnmarshalText"]),
    ("encoding/json.Marshaler", &["MarshalJSON"]),
    ("encoding/json.Unmarshaler", &["UnmarshalJSON"]),
    ("flag.Value", &["Set", "String"]),
    ("fmt.Stringer", &["String"]),
    ("io.Closer", &["Close"]),
    ("io.ReadCloser", &["Close", "Read"]),
    ("io.ReadSeeker", &["Read", "Seek"]),
    ("io.ReadWriteCloser", &["Close", "Read", "Write"]),
    ("io.ReadWriter", &["Read", "Write"]),
    ("io.Reader", &["Read"]),
    ("io.ReaderAt", &["ReadAt"]),
    ("io.Seeker", &["Seek"]),
    ("io.WriteCloser", &["Close", "Write"]),
    ("io.Writer", &["Write"]),
    ("net/http.Handler", &["ServeHTTP"]),
    ("net/http.ResponseWriter", &["Header", "Write", "WriteHeader"]),
    ("net/http.RoundTripper", &["RoundTrip"]),
    ("sort.Interface", &["Len", "Less", "Swap"]),
    ("sync.Locker", &["Lock", "Unlock"]),
];

/// The methods that an interface of the library asks for.
pub(super) fn asked(path: &str) -> Option<&'static [&'static str]> {
    INTERFACES.iter().find(|(name, _)| *name == path).map(|(_, asked)| *asked)
}
