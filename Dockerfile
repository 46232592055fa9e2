# The page with the model that ships, without torch:
#     docker build -t latent-explorer .
#     docker run --read-only --tmpfs /tmp -p 8501:8501 latent-explorer
FROM python:3.12-slim

# Compiled once here: a file system that is read-only keeps no compiled modules.
COPY . /source
RUN pip install --no-cache-dir /source && rm -rf /source \
    && useradd --create-home --uid 1000 explorer

USER explorer
# What a library wants to keep goes to memory.
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/health')"]
CMD ["latent-explorer", "--server.address", "0.0.0.0"]
