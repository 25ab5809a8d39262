# Takes jobs from the queue of /etc/processor.env, one at a time: put your own work into process().
set -euo pipefail

cat > /usr/local/lib/processor.py <<'END'
import json
import os
import subprocess
import time
import urllib.request

QUEUE = ["--queue-url", os.environ["QUEUE_URL"]]
METADATA = "http://169.254.169.254/latest/"


def process(job):
    print(f"job {job['MessageId']}: {len(job['Body'])} characters", flush=True)


def sqs(*arguments):
    command = ["/usr/bin/aws", "sqs", *arguments, *QUEUE, "--output", "json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output) if output.strip() else {}


def metadata(path, method="GET", **headers):
    request = urllib.request.Request(METADATA + path, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=2) as answer:
        return answer.read().decode()


def will_be_taken():
    """Two minutes before AWS takes a Spot instance, it says so here. Before that, it answers 404."""
    try:
        token = metadata("api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        metadata("meta-data/spot/instance-action", **{"X-aws-ec2-metadata-token": token})
        return True
    except OSError:
        return False


while not will_be_taken():
    try:
        answer = sqs("receive-message", "--max-number-of-messages", "1", "--wait-time-seconds", "20")
        for job in answer.get("Messages", []):
            process(job)
            # Only now: a job that is cut short comes back, to another instance.
            sqs("delete-message", "--receipt-handle", job["ReceiptHandle"])
    except Exception as error:
        print(f"will try again: {error}", flush=True)
        time.sleep(10)
print("this instance is about to be taken: no more jobs", flush=True)
END

cat > /etc/systemd/system/processor.service <<'END'
[Unit]
Description=Processor of jobs
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/processor.py
EnvironmentFile=/etc/processor.env
DynamicUser=yes
ProtectSystem=strict
ProtectHome=yes
NoNewPrivileges=yes
# It ends by itself when the instance is about to be taken, and is then left alone.
Restart=on-failure

[Install]
WantedBy=multi-user.target
END

systemctl enable --now processor.service
