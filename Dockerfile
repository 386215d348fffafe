# The images of the large shelf (docker-compose.yml):
#   minio    MinIO from the source that scripts/servers/object_server.py pins, since upstream publishes nothing else
#   tusach   this program, with Tesseract and Vietnamese: the workers, the Prefect server and the commands
#
# Bases are named to the patch level. To hold one to its bytes too, put its digest behind the name
# (FROM python:3.11.15-slim-bookworm@sha256:…, as `docker buildx imagetools inspect NAME` tells it).

FROM golang:1.26.8-bookworm AS minio-build
ARG MINIO_MODULE=github.com/minio/minio
ARG MINIO_VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
ARG MINIO_SUM=h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-trimpath
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN go install -ldflags="-s -w" "$MINIO_MODULE@$MINIO_VERSION" \
 && go version -m /go/bin/minio | tr '\t' ' ' | grep -F "mod $MINIO_MODULE $MINIO_VERSION $MINIO_SUM"


FROM python:3.11.15-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY locks/runtime.txt locks/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r locks/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY ocr ocr
COPY catalog catalog
COPY storage storage
COPY indexing indexing
COPY config config
COPY flows flows
COPY cli cli
COPY portal portal
COPY containers containers
RUN /opt/venv/bin/pip install --no-index --no-deps --no-build-isolation -e . \
 && /opt/venv/bin/python -m compileall -q .


# One user for all: the image of Elasticsearch has it built in, and files in secrets/ belong to it.
FROM python:3.11.15-slim-bookworm AS base
ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 1000 tusach \
 && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin tusach \
 && install --directory --owner=tusach --group=tusach --mode=0700 /data


FROM base AS minio
COPY --from=minio-build /go/bin/minio /usr/local/bin/minio
ENV HOME=/tmp
USER 1000:1000
WORKDIR /data
EXPOSE 9000
CMD ["minio", "server", "--quiet", "--address", ":9000", "/data"]


FROM base AS tusach
# Debian takes a version away when it mends it, so that a version named here could not be built again.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd poppler-utils \
      fonts-noto-core fonts-dejavu-core fonts-liberation2 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app /app
ENV PATH=/opt/venv/bin:$PATH TUSACH_DATA_DIR=/data TMPDIR=/data
USER 1000:1000
WORKDIR /app
CMD ["tusach", "up"]
