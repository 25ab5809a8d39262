#!/usr/bin/env bash
# Installs the dependencies and prepares the caches, on a runner of GitHub.
#
#   GITHUB_ENV  the file with the environment variables of the next steps
set -euo pipefail
# Terraform ignores its download cache where no .terraform.lock.hcl names the provider, and CI starts without one. The
# synthesized JSON pins each provider to one version.
echo "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=true" >> "$GITHUB_ENV"
# Nx names the database of its results after the machine, and each job has a new one.
echo "tideway runner" | md5sum | cut -d ' ' -f 1 | sudo tee /etc/machine-id > /dev/null
npm ci
