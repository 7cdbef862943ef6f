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
from spikard._file_response import FileResponse
from spikard._params import Body, Cookie, File, Form, Header, Path, Query
from spikard._provide import Provide, Scope
from spikard._request import Request
from spikard._responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from spikard._router import RouteOptions, Router, default_router
from spikard._scope import DependencyScope
from spikard._security import CsrfToken, JwtClaims, Principal, Session
from spikard._sse import SseEvent
from spikard._streaming import StreamingResponse
from spikard._uploads import FormData, UploadFile
from spikard._websocket import WebSocket, WebSocketDisconnect

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
    "SecurityHeadersConfig",
    "ServerConfig",
    "Session",
    "SessionConfig",
    "Spikard",
    "SseEvent",
    "StaticFilesConfig",
    "StreamingResponse",
    "TracingConfig",
    "UploadFile",
    "WebSocket",
    "WebSocketDisconnect",
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
    "sse",
    "trace",
    "websocket",
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
sse = default_router.sse
websocket = default_router.websocket
include_router = default_router.include_router
