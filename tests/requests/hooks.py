"""What schemathesis is told beyond the API's document: pieces of an upload (tus 1.0.0) are plain bytes under a name of their own."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
