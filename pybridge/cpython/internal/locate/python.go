package locate

// Python is an interpreter that fits, and what an engine needs to start it in
// this process as its own executable would.
type Python struct {
	// Version is "major.minor.micro", followed by a pre-release's mark.
	Version             string
	Major, Minor, Micro int
	// Executable is what sys.executable must be: programs that Python starts
	// (multiprocessing, pip) run it, and in a virtual environment the
	// interpreter finds the environment by it.
	Executable string
	// Prefix is the environment's folder; BasePrefix that of the Python under
	// it. They are equal outside a virtual environment.
	Prefix, BasePrefix string
	// Library is the path of the shared library to load.
	Library string
	// Home is what PYTHONHOME would be; it is set for the embedded Python only.
	Home string
	// Origin says what chose it, one of the Origin constants.
	Origin string
	// UTF8Mode says whether a start of this Python here is in UTF-8 mode.
	UTF8Mode bool
}

// What chose a Python, in the order in which they are asked.
const (
	OriginOption     = "option"
	OriginVariable   = "SPIKARD_PYTHON"
	OriginVirtualEnv = "VIRTUAL_ENV"
	OriginAppVenv    = "app's .venv"
	OriginEmbedded   = "embedded"
	OriginLinked     = "the program's linking"
	OriginPath       = "PATH"
)
