FROM python:3.13-slim AS packages
COPY requirements/runtime.txt /opt/runtime.txt
# What pip caches stays in this stage.
# hadolint ignore=DL3042
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /opt/runtime.txt

FROM python:3.13-slim
# Bytecode is written below, once: the file system may be mounted read-only.
# One arena: threads take turns at Python anyway, and each would keep memory of its own.
ENV PATH=/opt/venv/bin:$PATH \
    MALLOC_ARENA_MAX=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SKOLON_MOCK_DATA_DIRECTORY=/data
WORKDIR /srv/skolon-mock
COPY --from=packages /opt/venv /opt/venv
COPY app app
COPY migrations migrations
RUN python -m compileall -q app migrations \
    && mkdir /data \
    && chown 10001:10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
CMD ["python", "-m", "app", "run", "--host", "0.0.0.0", "--port", "8000"]
