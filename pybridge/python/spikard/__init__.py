"""Web apps in Python, served by Go.

```python
from spikard import Spikard

app = Spikard()

@app.get("/hello/{name}")
async def hello(name: str) -> dict[str, str]:
    return {"hello": name}
```
"""

from spikard._app import Spikard
from spikard._config import (
    ApiKeyConfig,
    CompressionConfig,
    CorsConfig,
    CsrfConfig,
    HealthConfig,
    JsonRpcConfig,
    JwtConfig,
    MetricsConfig,
    OpenApiConfig,
    RateLimitConfig,
    SecurityHeadersConfig,
    ServerConfig,
    SessionConfig,
    StaticFilesConfig,
    TracingConfig,
)
from spikard._datastructures import Headers, MutableHeaders, QueryParams
from spikard._decoders import register_decoder
from spikard._exceptions import (
    DependencyError,
    GoError,
    HTTPException,
    Problem,
    RequestValidationError,
)
from spikard._params import Body, Cookie, File, Form, Header, Path, Query
from spikard._provide import Provide, Scope
from spikard._request import Request
from spikard._responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from spikard._router import RouteOptions, Router, default_router
from spikard._scope import DependencyScope
from spikard._security import CsrfToken, JwtClaims, Principal, Session
from spikard._uploads import FormData, UploadFile

__all__ = [
    "ApiKeyConfig",
    "Body",
    "CompressionConfig",
    "Cookie",
    "CorsConfig",
    "CsrfConfig",
    "CsrfToken",
    "DependencyError",
    "DependencyScope",
    "File",
    "FileResponse",
    "Form",
    "FormData",
    "GoError",
    "HTMLResponse",
    "HTTPException",
    "Header",
    "Headers",
    "HealthConfig",
    "JSONResponse",
    "JsonRpcConfig",
    "JwtClaims",
    "JwtConfig",
    "MetricsConfig",
    "MutableHeaders",
    "OpenApiConfig",
    "Path",
    "PlainTextResponse",
    "Principal",
    "Problem",
    "Provide",
    "Query",
    "QueryParams",
    "RateLimitConfig",
    "RedirectResponse",
    "Request",
    "RequestValidationError",
    "Response",
    "RouteOptions",
    "Router",
    "Scope",
    "Session",
    "SecurityHeadersConfig",
    "ServerConfig",
    "SessionConfig",
    "Spikard",
    "StaticFilesConfig",
    "StreamingResponse",
    "TracingConfig",
    "UploadFile",
    "default_router",
    "delete",
    "get",
    "head",
    "include_router",
    "options",
    "patch",
    "post",
    "put",
    "register_decoder",
    "route",
    "trace",
]

get = default_router.get
post = default_router.post
put = default_router.put
patch = default_router.patch
delete = default_router.delete
head = default_router.head
options = default_router.options
trace = default_router.trace
route = default_router.route
include_router = default_router.include_router
