//! Types of the library of Go that are known by their names.

/// Those that are no interfaces.
pub(super) const LIBRARY: [&str; 37] = [
    DURATION,
    "atomic.Bool",
    "atomic.Int32",
    "atomic.Int64",
    "atomic.Uint32",
    "atomic.Uint64",
    "atomic.Value",
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

/// Functions of the library, with what they take and give back.
const FUNCTIONS: [(&str, &str); 62] = [
    ("errors.Is", "func(error, error) bool"),
    ("errors.New", "func(string) error"),
    ("errors.Unwrap", "func(error) error"),
    ("filepath.Base", "func(string) string"),
    ("filepath.Clean", "func(string) string"),
    ("filepath.Dir", "func(string) string"),
    ("filepath.Ext", "func(string) string"),
    ("filepath.Join", "func(...string) string"),
    ("fmt.Errorf", "func(string, ...any) error"),
    ("fmt.Sprint", "func(...any) string"),
    ("fmt.Sprintf", "func(string, ...any) string"),
    ("fmt.Sprintln", "func(...any) string"),
    ("json.Marshal", "func(any) ([]byte, error)"),
    ("json.Unmarshal", "func([]byte, any) error"),
    ("json.Valid", "func([]byte) bool"),
    ("math.Abs", "func(float64) float64"),
    ("math.Ceil", "func(float64) float64"),
    ("math.Floor", "func(float64) float64"),
    ("math.Max", "func(float64, float64) float64"),
    ("math.Min", "func(float64, float64) float64"),
    ("math.Pow", "func(float64, float64) float64"),
    ("math.Round", "func(float64) float64"),
    ("math.Sqrt", "func(float64) float64"),
    ("os.Getenv", "func(string) string"),
    ("os.ReadFile", "func(string) ([]byte, error)"),
    ("os.Remove", "func(string) error"),
    ("path.Base", "func(string) string"),
    ("path.Join", "func(...string) string"),
    ("sort.Ints", "func([]int)"),
    ("sort.Strings", "func([]string)"),
    ("strconv.Atoi", "func(string) (int, error)"),
    ("strconv.FormatBool", "func(bool) string"),
    ("strconv.FormatInt", "func(int64, int) string"),
    ("strconv.FormatUint", "func(uint64, int) string"),
    ("strconv.Itoa", "func(int) string"),
    ("strconv.ParseBool", "func(string) (bool, error)"),
    ("strconv.ParseFloat", "func(string, int) (float64, error)"),
    ("strconv.ParseInt", "func(string, int, int) (int64, error)"),
    ("strconv.Quote", "func(string) string"),
    ("strings.Contains", "func(string, string) bool"),
    ("strings.Count", "func(string, string) int"),
    ("strings.EqualFold", "func(string, string) bool"),
    ("strings.Fields", "func(string) []string"),
    ("strings.HasPrefix", "func(string, string) bool"),
    ("strings.HasSuffix", "func(string, string) bool"),
    ("strings.Index", "func(string, string) int"),
    ("strings.Join", "func([]string, string) string"),
    ("strings.Repeat", "func(string, int) string"),
    ("strings.Replace", "func(string, string, string, int) string"),
    ("strings.ReplaceAll", "func(string, string, string) string"),
    ("strings.Split", "func(string, string) []string"),
    ("strings.ToLower", "func(string) string"),
    ("strings.ToUpper", "func(string) string"),
    ("strings.Trim", "func(string, string) string"),
    ("strings.TrimPrefix", "func(string, string) string"),
    ("strings.TrimSpace", "func(string) string"),
    ("strings.TrimSuffix", "func(string, string) string"),
    ("time.Now", "func() time.Time"),
    ("time.ParseDuration", "func(string) (time.Duration, error)"),
    ("time.Since", "func(time.Time) time.Duration"),
    ("time.Sleep", "func(time.Duration)"),
    ("time.Until", "func(time.Time) time.Duration"),
];

/// What methods of the library give back.
const METHODS: [(&str, &str, &str); 26] = [
    ("bytes.Buffer", "Bytes", "[]byte"),
    ("bytes.Buffer", "Len", "int"),
    ("bytes.Buffer", "String", "string"),
    ("strings.Builder", "Len", "int"),
    ("strings.Builder", "String", "string"),
    ("time.Duration", "Hours", "float64"),
    ("time.Duration", "Microseconds", "int64"),
    ("time.Duration", "Milliseconds", "int64"),
    ("time.Duration", "Minutes", "float64"),
    ("time.Duration", "Nanoseconds", "int64"),
    ("time.Duration", "Seconds", "float64"),
    ("time.Duration", "String", "string"),
    ("time.Time", "Add", "time.Time"),
    ("time.Time", "After", "bool"),
    ("time.Time", "Before", "bool"),
    ("time.Time", "Day", "int"),
    ("time.Time", "Equal", "bool"),
    ("time.Time", "Format", "string"),
    ("time.Time", "Hour", "int"),
    ("time.Time", "IsZero", "bool"),
    ("time.Time", "Sub", "time.Duration"),
    ("time.Time", "UTC", "time.Time"),
    ("time.Time", "Unix", "int64"),
    ("time.Time", "UnixMilli", "int64"),
    ("time.Time", "UnixNano", "int64"),
    ("time.Time", "Year", "int"),
];

/// What a method of a type of the library gives back.
pub(super) fn gives(of: &str, method: &str) -> Option<&'static str> {
    METHODS.iter().find(|(owner, name, _)| *owner == of && *name == method).map(|(_, _, gives)| *gives)
}

/// What a function of the library takes and gives back.
pub(super) fn function(path: &str) -> Option<&'static str> {
    let place = FUNCTIONS.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    Some(FUNCTIONS[place].1)
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn the_functions_of_the_library_are_in_order() {
        assert!(FUNCTIONS.is_sorted_by_key(|(name, _)| *name));
    }
}
