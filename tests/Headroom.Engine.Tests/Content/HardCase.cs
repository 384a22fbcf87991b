using Headroom.Engine.Content;

namespace Headroom.Engine.Tests.Content;

/// <summary>A short text that is easily taken for something else.</summary>
/// <param name="Name">What it is.</param>
/// <param name="IsMaterial">Code, prose or configuration, of which nothing but repeats may go.</param>
/// <param name="Kinds">What it may be taken for.</param>
/// <param name="Text">The text.</param>
public sealed record HardCase(string Name, bool IsMaterial, ContentKind[] Kinds, string Text)
{
    public static readonly HardCase[] All =
    [
        new("YAML", true, [ContentKind.Text, ContentKind.SourceCode], """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels:
                app: web
            spec:
              replicas: 3
              template:
                spec:
                  containers:
                    - name: web
                      image: nginx:1.27
                      ports:
                        - containerPort: 80
                    - name: sidecar
                      image: busybox:1.36
                      args: ["sleep", "3600"]

            """.ReplaceLineEndings("\n")),
        new("TOML", true, [ContentKind.Text, ContentKind.SourceCode], """
            [package]
            name = "app"
            version = "0.1.0"
            edition = "2021"

            [dependencies]
            serde = { version = "1.0", features = ["derive"] }
            tokio = { version = "1.38", features = ["full"] }
            anyhow = "1.0"

            [profile.release]
            lto = true
            codegen-units = 1

            """.ReplaceLineEndings("\n")),
        new("INI", true, [ContentKind.Text, ContentKind.SourceCode], """
            [server]
            host=localhost
            port=8080
            ; the number of workers
            workers=4
            [database]
            url=postgres://localhost/shop
            pool=10
            timeout=30
            [paths]
            data=/var/lib/app
            logs=/var/log/app

            """.ReplaceLineEndings("\n")),
        new("environment file", true, [ContentKind.Text, ContentKind.SourceCode], """
            # database
            DB_HOST=localhost
            DB_PORT=5432
            DB_NAME=shop
            DB_USER=app
            DB_PASSWORD=change-me
            REDIS_URL=redis://localhost:6379
            DEBUG=false
            LOG_LEVEL=info
            FEATURE_A=1
            FEATURE_B=0

            """.ReplaceLineEndings("\n")),
        new("SQL dump", true, [ContentKind.Text, ContentKind.SourceCode], """
            CREATE TABLE users (
              id integer NOT NULL,
              name text,
              born date
            );

            INSERT INTO users VALUES (1, 'Ann', '1990-01-02');
            INSERT INTO users VALUES (2, 'Bob', '1991-02-03');
            INSERT INTO users VALUES (3, 'Cy', '1992-03-04');
            INSERT INTO users VALUES (4, 'Di', '1993-04-05');
            ALTER TABLE users ADD PRIMARY KEY (id);

            """.ReplaceLineEndings("\n")),
        new("SQL copy", true, [ContentKind.Text, ContentKind.SourceCode], """
            SET statement_timeout = 0;
            SELECT u.name, count(*) AS orders, sum(o.total) AS total
            FROM users u
            JOIN orders o ON o.user_id = u.id
            WHERE o.created > '2025-01-01'
            GROUP BY u.name
            HAVING count(*) > 3
            ORDER BY total DESC
            LIMIT 10;

            """.ReplaceLineEndings("\n")),
        new("CSV with prose", false, [ContentKind.DelimitedTable], """
            id,title,comment
            1,First,"A long remark, with commas, that goes on for a while."
            2,Second,"Another, shorter one."
            3,Third,"He said ""no"", and left."
            4,Fourth,nothing to say
            5,Fifth,"One, two, three, and four."

            """.ReplaceLineEndings("\n")),
        new("prose with commas", true, [ContentKind.Text], """
            When it rained, which it often did, she stayed in, and read.
            When it snowed, which it seldom did, he went out, and walked.
            When it was hot, and it was, they swam, or slept, or both.
            In autumn, the leaves, red and brown, fell, and lay there.
            In spring, the birds, loud and early, came, and went again.

            """.ReplaceLineEndings("\n")),
        new("log with JSON tails", false, [ContentKind.Log], """
            2025-06-24T10:20:30.123Z INFO request {"path":"/a","ms":12,"status":200}
            2025-06-24T10:20:30.456Z INFO request {"path":"/b","ms":15,"status":200}
            2025-06-24T10:20:31.001Z WARN slow {"path":"/c","ms":1500,"status":200}
            2025-06-24T10:20:31.789Z ERROR failed {"path":"/d","ms":3,"status":500}

            """.ReplaceLineEndings("\n")),
        new("JSON with text after it", false, [ContentKind.Mixed], """
            {
              "name": "app",
              "version": "1.0.0",
              "scripts": { "build": "tsc", "test": "node --test" },
              "dependencies": { "left": "1.0.0", "right": "2.0.0" }
            }
            Done in 1.2 s. The file above was written, nothing else was touched.

            """.ReplaceLineEndings("\n")),
        new("JSON with comments", true, [ContentKind.Text, ContentKind.SourceCode, ContentKind.Mixed], """
            {
              // what the compiler does
              "compilerOptions": {
                "target": "es2022",
                "module": "nodenext", /* as node has it */
                "strict": true
              },
              // where the sources are
              "include": ["src"],
            }

            """.ReplaceLineEndings("\n")),
        new("numbered list", true, [ContentKind.Text], """
            1. Open the file and look for the first heading.
            2. Change the word, but only where it stands alone.
            3. Save it under another name, then compare the two.
            4. Ask somebody else to read what you have written.
            5. Send it, and wait for an answer before going on.

            """.ReplaceLineEndings("\n")),
        new("list with colons", true, [ContentKind.Text], """
            1: open the door and go in
            2: look around, slowly
            3: close the door behind you
            4: wait until somebody comes, however long it takes
            5: leave by the other door and do not turn round

            """.ReplaceLineEndings("\n")),
        new("diff quoted in Markdown", false, [ContentKind.Mixed], """
            The fix is small:

            ```diff
            --- a/src/app.cs
            +++ b/src/app.cs
            @@ -1,3 +1,3 @@
             first
            -second
            +2nd
             third
            ```

            Apply it with `git apply`.

            """.ReplaceLineEndings("\n")),
        new("stack trace within a log", false, [ContentKind.Log], """
            2025-06-24 10:20:30,123 INFO app started
            2025-06-24 10:20:31,123 ERROR app request failed
            java.lang.IllegalStateException: no session
            	at com.example.App.handle(App.java:42)
            	at com.example.App.run(App.java:17)
            	at com.example.Main.main(Main.java:5)
            2025-06-24 10:20:32,123 INFO app request done
            2025-06-24 10:20:33,123 INFO app request done
            2025-06-24 10:20:34,123 INFO app stopped

            """.ReplaceLineEndings("\n")),
        new("git status", true, [ContentKind.Text], """
            On branch main
            Your branch is up to date with 'origin/main'.

            Changes to be committed:
              (use "git restore --staged <file>..." to unstage)
            	new file:   src/b.cs

            Changes not staged for commit:
              (use "git add <file>..." to update what will be committed)
            	modified:   src/a.cs
            	deleted:    src/c.cs

            Untracked files:
            	notes.txt

            """.ReplaceLineEndings("\n")),
        new("git blame", true, [ContentKind.Text, ContentKind.SourceCode], """
            ^26eb6232 (A Developer 2026-11-22 18:54:39 +0000  1) using System;
            ^26eb6232 (A Developer 2026-11-22 18:54:39 +0000  2) 
            856df2246 (B Developer 2026-11-23 08:01:02 +0000  3) namespace Shop;
            856df2246 (B Developer 2026-11-23 08:01:02 +0000  4) 
            ^26eb6232 (A Developer 2026-11-22 18:54:39 +0000  5) public sealed class Order
            ^26eb6232 (A Developer 2026-11-22 18:54:39 +0000  6) {
            c01dbeef1 (A Developer 2026-11-24 10:11:12 +0000  7)     public int Id { get; init; }
            ^26eb6232 (A Developer 2026-11-22 18:54:39 +0000  8) }

            """.ReplaceLineEndings("\n")),
        new("git branch", true, [ContentKind.Text], """
            * main                4ec12ab [origin/main] Bring the map up to date
              feature/one         93bb1c2 Read what a terminal would show
              feature/two         0f23aa9 [origin/feature/two: ahead 2] Count lines once
              fix/three           77ab01c Leave small texts alone, whatever they say

            """.ReplaceLineEndings("\n")),
        new("git log --oneline", true, [ContentKind.Text], """
            4ec12ab Bring the map up to date
            93bb1c2 Read what a terminal would show
            0f23aa9 Count lines once: twice is too often
            77ab01c Leave small texts alone, whatever they say
            18aa0d1 Merge branch 'one' into main
            9912ffe Say what a view leaves out

            """.ReplaceLineEndings("\n")),
        new("ps aux", false, [ContentKind.FixedWidthTable], """
            USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
            root         1  0.0  0.1 167744 11776 ?        Ss   Jun24   0:03 /sbin/init
            root         2  0.0  0.0      0     0 ?        S    Jun24   0:00 [kthreadd]
            dev       1402  1.2  2.4 982340 99120 pts/0    Sl+  10:20   1:12 node server.js --port 80
            dev       1533  0.0  0.0   9800  3400 pts/1    R+   10:31   0:00 ps aux

            """.ReplaceLineEndings("\n")),
        new("top -b", false, [ContentKind.Mixed], """
            top - 10:20:30 up 3 days,  2:01,  2 users,  load average: 0.15, 0.20, 0.18
            Tasks: 120 total,   1 running, 119 sleeping,   0 stopped,   0 zombie
            %Cpu(s):  1.2 us,  0.5 sy,  0.0 ni, 98.2 id,  0.1 wa,  0.0 hi,  0.0 si,  0.0 st
            MiB Mem :   7960.1 total,   1200.4 free,   3100.9 used,   3658.8 buff/cache

                PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND
               1402 dev       20   0  982340  99120  40112 S   6.2   1.2   1:12.01 node
                  1 root      20   0  167744  11776   8400 S   0.0   0.1   0:03.22 systemd
                  2 root      20   0       0      0      0 S   0.0   0.0   0:00.01 kthreadd

            """.ReplaceLineEndings("\n")),
        new("kubectl get pods", false, [ContentKind.FixedWidthTable], """
            NAMESPACE     NAME                        READY   STATUS             RESTARTS      AGE
            default       web-6d4cf56db6-2xk9p        1/1     Running            0             3d
            default       web-6d4cf56db6-8b7vq        1/1     Running            0             3d
            default       worker-7f9c8d5b5-xyz12      0/1     CrashLoopBackOff   12 (2m ago)   41m
            kube-system   coredns-76f75df574-4mm8n    1/1     Running            1             9d

            """.ReplaceLineEndings("\n")),
        new("kubectl describe", false, [ContentKind.Text], """
            Name:             web-6d4cf56db6-2xk9p
            Namespace:        default
            Priority:         0
            Node:             node-1/10.0.0.4
            Start Time:       Tue, 24 Jun 2025 10:20:30 +0000
            Labels:           app=web
                              pod-template-hash=6d4cf56db6
            Status:           Running
            Containers:
              web:
                Image:          nginx:1.27
                Port:           80/TCP
                State:          Running
                  Started:      Tue, 24 Jun 2025 10:20:35 +0000
                Ready:          True
                Restart Count:  0

            """.ReplaceLineEndings("\n")),
        new("docker ps", false, [ContentKind.FixedWidthTable], """
            CONTAINER ID   IMAGE          COMMAND                  CREATED        STATUS          PORTS                NAMES
            3f2a9c1d0b7e   nginx:1.27     "/docker-entrypoint.…"   2 hours ago    Up 2 hours      0.0.0.0:80->80/tcp   web
            91bc0d2e4f5a   postgres:16    "docker-entrypoint.s…"   2 hours ago    Up 2 hours      5432/tcp             db
            77aa0c1d2e3f   redis:7        "docker-entrypoint.s…"   5 minutes ago  Up 5 minutes    6379/tcp             cache

            """.ReplaceLineEndings("\n")),
        new("docker images", false, [ContentKind.FixedWidthTable], """
            REPOSITORY    TAG       IMAGE ID       CREATED        SIZE
            nginx         1.27      1a2b3c4d5e6f   2 weeks ago    192MB
            postgres      16        2b3c4d5e6f70   3 weeks ago    432MB
            redis         7         3c4d5e6f7081   2 months ago   117MB
            <none>        <none>    4d5e6f708192   4 months ago   1.02GB

            """.ReplaceLineEndings("\n")),
        new("docker inspect", false, [ContentKind.Json], """
            [
                {
                    "Id": "3f2a9c1d0b7e",
                    "Created": "2025-06-24T10:20:30.123456789Z",
                    "Path": "/docker-entrypoint.sh",
                    "Args": ["nginx", "-g", "daemon off;"],
                    "State": { "Status": "running", "Running": true, "Pid": 1402, "ExitCode": 0, "Error": "" }
                }
            ]

            """.ReplaceLineEndings("\n")),
        new("terraform plan", true, [ContentKind.Text, ContentKind.SourceCode], """
            Terraform will perform the following actions:

              # aws_instance.web will be updated in-place
              ~ resource "aws_instance" "web" {
                    id            = "i-0abc"
                  ~ instance_type = "t3.micro" -> "t3.small"
                    tags          = {
                        "Name" = "web"
                    }
                }

              # aws_s3_bucket.logs will be created
              + resource "aws_s3_bucket" "logs" {
                  + arn    = (known after apply)
                  + bucket = "shop-logs"
                }

            Plan: 1 to add, 1 to change, 0 to destroy.

            """.ReplaceLineEndings("\n")),
        new("curl -v", false, [ContentKind.Text, ContentKind.Mixed, ContentKind.SourceCode], """
            *   Trying 203.0.113.7:443...
            * Connected to shop.example (203.0.113.7) port 443
            * ALPN: curl offers h2,http/1.1
            > GET /orders HTTP/1.1
            > Host: shop.example
            > User-Agent: curl/8.5.0
            > Accept: */*
            >
            < HTTP/1.1 200 OK
            < Content-Type: application/json
            < Content-Length: 17
            <
            * Connection #0 to host shop.example left intact

            """.ReplaceLineEndings("\n")),
        new("HTTP headers", true, [ContentKind.Text], """
            HTTP/1.1 200 OK
            Date: Tue, 24 Jun 2025 10:20:30 GMT
            Content-Type: text/html; charset=utf-8
            Content-Length: 5120
            Connection: keep-alive
            Cache-Control: max-age=60, must-revalidate
            ETag: "33a64df551425fcc"
            Vary: Accept-Encoding
            X-Request-Id: 7d1f1e1a

            """.ReplaceLineEndings("\n")),
        new("crontab", true, [ContentKind.Text, ContentKind.SourceCode], """
            # m h dom mon dow command
            SHELL=/bin/sh
            17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
            25 6	* * *	root	test -x /usr/sbin/anacron || run-parts /etc/cron.daily
            47 6	* * 7	root	test -x /usr/sbin/anacron || run-parts /etc/cron.weekly
            52 6	1 * *	root	test -x /usr/sbin/anacron || run-parts /etc/cron.monthly

            """.ReplaceLineEndings("\n")),
        new("passwd", false, [ContentKind.Text], """
            root:x:0:0:root:/root:/bin/bash
            daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
            bin:x:2:2:bin:/bin:/usr/sbin/nologin
            sys:x:3:3:sys:/dev:/usr/sbin/nologin
            sync:x:4:65534:sync:/bin:/bin/sync
            games:x:5:60:games:/usr/games:/usr/sbin/nologin
            dev:x:1000:1000:A Developer,,,:/home/dev:/bin/bash

            """.ReplaceLineEndings("\n")),
        new("hosts", true, [ContentKind.Text], """
            127.0.0.1	localhost
            ::1	localhost ip6-localhost ip6-loopback
            ff02::1	ip6-allnodes
            ff02::2	ip6-allrouters
            # shop
            203.0.113.7	shop.example www.shop.example
            203.0.113.8	db.shop.example

            """.ReplaceLineEndings("\n")),
        new("hexdump", true, [ContentKind.Text], """
            00000000  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  |.ELF............|
            00000010  03 00 3e 00 01 00 00 00  30 6d 00 00 00 00 00 00  |..>.....0m......|
            00000020  40 00 00 00 00 00 00 00  d0 2a 02 00 00 00 00 00  |@........*......|
            00000030  00 00 00 00 40 00 38 00  0d 00 40 00 1f 00 1e 00  |....@.8...@.....|

            """.ReplaceLineEndings("\n")),
        new("strings", true, [ContentKind.Text, ContentKind.SourceCode], """
            /lib64/ld-linux-x86-64.so.2
            __gmon_start__
            _ITM_deregisterTMCloneTable
            libc.so.6
            GLIBC_2.2.5
            %s: %s
            usage: %s [-abc] file
            H=8A@
            []A\A]A^A_
            write error

            """.ReplaceLineEndings("\n")),
        new("PEM block", false, [ContentKind.Text], """
            -----BEGIN CERTIFICATE-----
            MIIBszCCAVmgAwIBAgIUQ2VydGlmaWNhdGVOdW1iZXJPbmUwCgYIKoZIzj0EAwIw
            EjEQMA4GA1UEAwwHZXhhbXBsZTAeFw0yNTA2MjQxMDIwMzBaFw0zNTA2MjIxMDIw
            MzBaMBIxEDAOBgNVBAMMB2V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
            AARq0y1Yx2kTt0QZc4vKc8mJQm9q3V7m1pWc6nZr5hTqVd4yF0pL8sXgC2bE7aKu
            -----END CERTIFICATE-----

            """.ReplaceLineEndings("\n")),
        new("minified script", true, [ContentKind.Text, ContentKind.SourceCode], "!function(e,t){\"object\"==typeof exports&&\"undefined\"!=typeof module?module.exports=t():\"function\"==typeof define&&define.amd?define(t):(e=e||self).shop=t()}(this,(function(){\"use strict\";function e(e){return e.reduce((function(e,t){return e+t.price*t.count}),0)}return{total:e,version:\"1.0.0\"}}));\n"),
        new("style sheet", true, [ContentKind.SourceCode, ContentKind.Text], """
            :root {
              --ink: #111;
              --paper: #fff;
            }

            body {
              margin: 0;
              color: var(--ink);
              font: 16px/1.5 sans-serif;
            }

            @media (max-width: 600px) {
              nav a:hover { display: none; }
            }

            """.ReplaceLineEndings("\n")),
        new("XAML", false, [ContentKind.Xml], """
            <Window x:Class="Shop.MainWindow"
                    xmlns="http://schemas.microsoft.com/winfx/2006/xaml/presentation"
                    xmlns:x="http://schemas.microsoft.com/winfx/2006/xaml"
                    Title="Shop" Width="800" Height="450">
              <Grid>
                <Button Content="Buy" Click="OnBuy" />
              </Grid>
            </Window>

            """.ReplaceLineEndings("\n")),
        new("project file", false, [ContentKind.Xml], """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Some.Package" Version="1.2.3" />
                <PackageReference Include="Other.Package" Version="4.5.6" />
              </ItemGroup>
            </Project>

            """.ReplaceLineEndings("\n")),
        new("Dockerfile", true, [ContentKind.Text, ContentKind.SourceCode], """
            FROM debian:12 AS build
            ARG VERSION=1.0
            RUN apt-get update \
             && apt-get install -y --no-install-recommends gcc make \
             && rm -rf /var/lib/apt/lists/*
            COPY . /src
            WORKDIR /src
            RUN make VERSION=$VERSION
            FROM debian:12-slim
            COPY --from=build /src/app /usr/bin/app
            ENTRYPOINT ["/usr/bin/app"]

            """.ReplaceLineEndings("\n")),
        new("Makefile", true, [ContentKind.Text, ContentKind.SourceCode], """
            CC = gcc
            CFLAGS = -O2 -Wall
            OBJS = main.o list.o

            all: app

            app: $(OBJS)
            	$(CC) -o $@ $^

            %.o: %.c list.h
            	$(CC) $(CFLAGS) -c $<

            clean:
            	rm -f app $(OBJS)

            """.ReplaceLineEndings("\n")),
        new("shell script", true, [ContentKind.Text, ContentKind.SourceCode], """
            #!/usr/bin/env bash
            set -euo pipefail

            for file in "$@"; do
              if [[ ! -f "$file" ]]; then
                echo "error: $file is missing" >&2
                exit 1
              fi
              lines=$(wc -l < "$file")
              echo "$file: $lines"
            done

            """.ReplaceLineEndings("\n")),
        new("PowerShell script", true, [ContentKind.SourceCode, ContentKind.Text], """
            [CmdletBinding()]
            param(
                [Parameter(Mandatory)]
                [string] $Path,
                [int] $Depth = 2
            )

            $ErrorActionPreference = 'Stop'
            Get-ChildItem -Path $Path -Depth $Depth -File |
                Where-Object { $_.Length -gt 1MB } |
                Sort-Object Length -Descending |
                ForEach-Object { Write-Host "$($_.FullName): $($_.Length)" }

            """.ReplaceLineEndings("\n")),
        new("Python", true, [ContentKind.SourceCode], """"
            import logging
            from dataclasses import dataclass

            log = logging.getLogger(__name__)


            @dataclass
            class Order:
                id: int
                total: float = 0.0

                def add(self, price, count=1):
                    """Adds lines to the order."""
                    if count < 1:
                        raise ValueError("count: %d" % count)
                    self.total += price * count
                    log.info("added %s", price)
                    return self

            """".ReplaceLineEndings("\n")),
        new("C sharp", true, [ContentKind.SourceCode], """
            namespace Shop;

            /// <summary>An order.</summary>
            public sealed record Order(int Id, decimal Total)
            {
                public static Order Parse(string line)
                {
                    var parts = line.Split(',');
                    if (parts.Length != 2)
                    {
                        throw new FormatException($"error: {line}");
                    }

                    return new Order(int.Parse(parts[0]), decimal.Parse(parts[1]));
                }
            }

            """.ReplaceLineEndings("\n")),
        new("Go", true, [ContentKind.SourceCode], """
            package shop

            import "fmt"

            // Total adds the prices.
            func Total(prices []int) (int, error) {
            	sum := 0
            	for i, p := range prices {
            		if p < 0 {
            			return 0, fmt.Errorf("price %d: negative", i)
            		}
            		sum += p
            	}
            	return sum, nil
            }

            """.ReplaceLineEndings("\n")),
        new("Rust", true, [ContentKind.SourceCode], """
            use std::collections::HashMap;

            #[derive(Debug, Clone)]
            pub struct Order {
                pub id: u32,
                pub lines: HashMap<String, u32>,
            }

            impl Order {
                pub fn total(&self) -> u32 {
                    self.lines.values().sum()
                }
            }

            """.ReplaceLineEndings("\n")),
        new("JavaScript with a table", true, [ContentKind.SourceCode], """
            const rows = [
              ['id', 'name', 'size'],
              [1, 'first', 10],
              [2, 'second', 20],
              [3, 'third', 30],
              [4, 'fourth', 40],
            ];

            export function total() {
              return rows.slice(1).reduce((sum, row) => sum + row[2], 0);
            }

            """.ReplaceLineEndings("\n")),
        new("poem", true, [ContentKind.Text], """
            The wind came slowly down the hill,
            and took the last leaves from the tree;
            the river, under ice, was still,
            and nobody was there but me.

            I counted every step I made,
            I counted every step I heard;
            the light began, at noon, to fade,
            and no one ever said a word.

            """.ReplaceLineEndings("\n")),
        new("e-mail", true, [ContentKind.Text], """
            From: Ann <ann@mail.example>
            To: Bob <bob@mail.example>
            Subject: Tuesday
            Date: Tue, 24 Jun 2025 10:20:30 +0200

            Hello Bob,

            shall we meet on Tuesday at ten? I would bring the papers.

            > On Monday Bob wrote:
            > When do you have time?
            > I am free all week.

            Regards
            Ann

            """.ReplaceLineEndings("\n")),
        new("chat log", false, [ContentKind.Text], """
            [10:20] <ann> did you see the build?
            [10:21] <bob> yes, it is red again
            [10:21] <bob> the same test as yesterday
            [10:24] <ann> I shall have a look at it
            [10:31] <ann> found it: the clock
            [10:32] <bob> thank you

            """.ReplaceLineEndings("\n")),
        new("man page", true, [ContentKind.Text], """
            GREP(1)                     User Commands                     GREP(1)

            NAME
                   grep - print lines that match patterns

            SYNOPSIS
                   grep [OPTION]... PATTERNS [FILE]...

            DESCRIPTION
                   grep  searches  for  PATTERNS  in  each  FILE.   PATTERNS is one or
                   more patterns separated by newline characters, and grep prints each
                   line that matches a pattern.

            OPTIONS
                   -i, --ignore-case
                          Ignore case distinctions in patterns and input data.

            """.ReplaceLineEndings("\n")),
        new("help text", true, [ContentKind.Text], """
            Usage: app [options] <file>...

            Options:
              -h, --help             Show this text and exit.
              -v, --verbose          Say more about what is done.
              -o, --output <file>    Write to a file; standard output without it.
                  --depth <n>        How far down to go (default: 3).
                  --no-color         No colours.

            Commands:
              list      Lists what there is.
              show      Shows one of them.

            """.ReplaceLineEndings("\n")),
        new("npm audit", false, [ContentKind.Text], """
            # npm audit report

            braces  <3.0.3
            Severity: high
            Uncontrolled resource consumption in braces
            fix available via `npm audit fix`
            node_modules/braces

            semver  7.0.0 - 7.5.1
            Severity: moderate
            semver vulnerable to Regular Expression Denial of Service
            fix available via `npm audit fix --force`
            node_modules/semver

            2 vulnerabilities (1 moderate, 1 high)

            """.ReplaceLineEndings("\n")),
        new("pip freeze", true, [ContentKind.Text], """
            attrs==23.2.0
            certifi==2024.6.2
            charset-normalizer==3.3.2
            click==8.1.7
            idna==3.7
            Jinja2==3.1.4
            MarkupSafe==2.1.5
            packaging==24.1
            pytest==8.2.2
            requests==2.32.3
            urllib3==2.2.2

            """.ReplaceLineEndings("\n")),
        new("apt list", false, [ContentKind.Text], """
            Listing...
            adduser/stable,now 3.134 all [installed]
            apt/stable,now 2.6.1 amd64 [installed]
            base-files/stable,now 12.4+deb12u5 amd64 [installed]
            base-passwd/stable,now 3.6.1 amd64 [installed]
            bash/stable,now 5.2.15-2+b2 amd64 [installed]
            bsdutils/stable,now 1:2.38.1-5+deb12u1 amd64 [installed]

            """.ReplaceLineEndings("\n")),
        new("coverage table", false, [ContentKind.FixedWidthTable], """
            Name                 Stmts   Miss  Cover   Missing
            --------------------------------------------------
            shop/__init__.py         2      0   100%
            shop/orders.py          84     12    86%   31-35, 60, 72-77
            shop/prices.py          40      3    92%   18, 22-23
            shop/store.py          120     44    63%   10-20, 33, 61-92
            --------------------------------------------------
            TOTAL                  246     59    76%

            """.ReplaceLineEndings("\n")),
        new("jest coverage", false, [ContentKind.FixedWidthTable, ContentKind.DelimitedTable, ContentKind.Text], """
            -----------|---------|----------|---------|---------|-------------------
            File       | % Stmts | % Branch | % Funcs | % Lines | Uncovered Line #s
            -----------|---------|----------|---------|---------|-------------------
            All files  |   86.12 |    71.42 |   90.00 |   86.12 |
             orders.js |   92.30 |    80.00 |  100.00 |   92.30 | 31-35
             prices.js |   75.00 |    50.00 |   80.00 |   75.00 | 18,22-23
            -----------|---------|----------|---------|---------|-------------------

            """.ReplaceLineEndings("\n")),
        new("benchmark table", false, [ContentKind.MarkdownTable], """
            | Method | Size |     Mean |   Error |  StdDev |
            |------- |----- |---------:|--------:|--------:|
            | Parse  |   10 | 12.34 ns | 0.12 ns | 0.11 ns |
            | Parse  |  100 | 98.70 ns | 0.91 ns | 0.85 ns |
            | Write  |   10 | 22.14 ns | 0.22 ns | 0.20 ns |
            | Write  |  100 | 180.0 ns | 1.40 ns | 1.31 ns |

            """.ReplaceLineEndings("\n")),
        new("psql output", false, [ContentKind.FixedWidthTable, ContentKind.DelimitedTable, ContentKind.Text], """
             id |  name  |    born    | total
            ----+--------+------------+-------
              1 | Ann    | 1990-01-02 | 12.50
              2 | Bob    | 1991-02-03 |  8.00
              3 | Cy     | 1992-03-04 | 99.99
              4 | Di     | 1993-04-05 |  0.00
            (4 rows)

            """.ReplaceLineEndings("\n")),
        new("progress bars", false, [ContentKind.Text], "first\n\rDownloading [..........]   0%\rDownloading [#.........]  10%\rDownloading [##........]  20%\rDownloading [###.......]  30%\rDownloading [####......]  40%\rDownloading [#####.....]  50%\rDownloading [######....]  60%\rDownloading [#######...]  70%\rDownloading [########..]  80%\rDownloading [#########.]  90%\rDownloading [##########] 100%\nsecond\n\rUnpacking [..........]   0%\rUnpacking [#.........]  10%\rUnpacking [##........]  20%\rUnpacking [###.......]  30%\rUnpacking [####......]  40%\rUnpacking [#####.....]  50%\rUnpacking [######....]  60%\rUnpacking [#######...]  70%\rUnpacking [########..]  80%\rUnpacking [#########.]  90%\rUnpacking [##########] 100%\ndone\n"),
        new("right-to-left text", true, [ContentKind.Text], """
            שלום לכולם, היום נדבר על הסדר הנכון של הדברים.
            בהתחלה קוראים את השורה הראשונה, ואחר כך את השנייה.
            مرحبا بكم، سنتحدث اليوم عن ترتيب الأشياء.
            في البداية نقرأ السطر الأول، ثم الثاني.
            ואז סוף.

            """.ReplaceLineEndings("\n")),
        new("emoji", true, [ContentKind.Text], """
            Good morning ☀️, here is what was done today 🎉
            🚀 the new page is there, and it is fast
            🐛 one defect less: the clock 🕐 was wrong
            👩‍💻 and 👨‍👩‍👧‍👦 are one character each, or so they say
            ❤️ thanks to everyone who helped along the way

            """.ReplaceLineEndings("\n")),
        new("Chinese prose", true, [ContentKind.Text], """
            今天的天气很好，我们去公园散步。
            公园里有很多人，有的在跑步，有的在唱歌。
            我们坐在湖边，看着水里的鱼，聊了很久。
            回家的路上下起了雨，但是没有人着急。
            晚上我们一起做饭，吃得很开心，也说了很多话。

            """.ReplaceLineEndings("\n")),
        new("wide letters", true, [ContentKind.Text], """
            T   h   i   s     l   o   o   k   s     l   i   k   e     w   i   d   e 
            l   e   t   t   e   r   s   ,     a   s     b   y   t   e   s     o   f 
            a   n   o   t   h   e   r     e   n   c   o   d   i   n   g     d   o   . 
            B   u   t     t   h   e   r   e     a   r   e     n   o   n   e   . 

            """.ReplaceLineEndings("\n")),
        new("Java properties", true, [ContentKind.Text, ContentKind.SourceCode], """
            # messages
            greeting=Hello, {0}!
            farewell=Good bye, {0}. It was nice to meet you.
            error.missing=The file {0} is missing.
            error.denied=Access to {0} was denied.
            button.ok=OK
            button.cancel=Cancel

            """.ReplaceLineEndings("\n")),
        new("nginx configuration", true, [ContentKind.Text, ContentKind.SourceCode], """
            server {
                listen 80;
                server_name shop.example;

                location / {
                    proxy_pass http://localhost:8080;
                    proxy_set_header Host $host;
                }

                location /static/ {
                    root /var/www;
                    expires 1h;
                }
            }

            """.ReplaceLineEndings("\n")),
        new("ini of systemd", true, [ContentKind.Text, ContentKind.SourceCode], """
            [Unit]
            Description=The shop
            After=network.target postgresql.service

            [Service]
            Type=notify
            ExecStart=/usr/bin/shop --port 80
            Restart=on-failure
            RestartSec=5
            User=shop

            [Install]
            WantedBy=multi-user.target

            """.ReplaceLineEndings("\n")),
        new("changelog", true, [ContentKind.Text], """
            # Changelog

            ## 1.2.0 - 2025-06-24

            - Orders have a note now (12).
            - Prices are rounded as the law has it.

            ## 1.1.0 - 2025-05-02

            - Faster start: 120 ms instead of 900.
            - Fixed: an empty basket could be paid.

            """.ReplaceLineEndings("\n")),
        new("questions with times", true, [ContentKind.Text], """
            We meet at 10:20 in the hall, or at 10:40 by the door.
            The train leaves at 11:05 and the next one at 11:35.
            Lunch is from 12:00 to 13:00, for all who want some.
            At 14:30 there is a talk, at 15:30 there is another.
            The last bus goes at 23:10, so do not be late for it.

            """.ReplaceLineEndings("\n")),
        new("headings with colons", true, [ContentKind.Text], """
            Note: this is about orders, nothing else.
            Warning: prices may change without notice.
            Error handling: see the second chapter of the book.
            Info: the shop is open on Sundays too.
            Debug builds: they are slower, by a factor of ten.

            """.ReplaceLineEndings("\n")),
        new("pairs of a setting", true, [ContentKind.Text, ContentKind.SourceCode], """
            net.core.somaxconn = 4096
            net.ipv4.ip_forward = 0
            net.ipv4.tcp_syncookies = 1
            vm.overcommit_memory = 1
            vm.swappiness = 10
            kernel.pid_max = 4194304
            fs.file-max = 9223372036854775807

            """.ReplaceLineEndings("\n")),
        new("lock file", true, [ContentKind.Text, ContentKind.SourceCode], """
            "@babel/code-frame@^7.0.0":
              version "7.24.7"
              resolved "left out"
              integrity sha512-BcYH1CVJBO9tvyIZ2jVeXgSIMvGZ2FDRvDdOIVQyuklNKSsx
              dependencies:
                "@babel/highlight" "^7.24.7"
                picocolors "^1.0.0"

            ansi-styles@^3.2.1:
              version "3.2.1"
              resolved "left out"

            """.ReplaceLineEndings("\n")),
    ];
}
