# What the guest says: "@@ plan CASE", "@@ begin CASE", then "@@ ok CASE MILLISECONDS" or "@@ failed CASE MILLISECONDS",
# with whatever else the case says in between; "@@ setup-failed REASON" at any time, "@@ end" at the end of each boot.
function xml(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    gsub(/"/, "\\&quot;", text)
    gsub(/[^\t\n -~]/, "?", text)
    return text
}

function plan(name) {
    if (!(name in state)) {
        names[++count] = name
        state[name] = "was planned, and never ran"
    }
}

FNR == 1 { boots++; current = "" }
$1 == "@@" && $2 == "plan" { plan($3); planned[boots]++; next }
$1 == "@@" && $2 == "begin" { plan($3); current = $3; state[current] = "began, and never ended"; next }
$1 == "@@" && ($2 == "ok" || $2 == "failed") {
    plan($3)
    state[$3] = $2 == "ok" ? "" : "failed"
    millis[$3] = $4
    current = ""
    next
}
$1 == "@@" && $2 == "setup-failed" { problem[++problems] = $0; next }
$1 == "@@" && $2 == "end" { ended[boots] = 1; next }
# The rest is in the log.
current != "" && ++lines[current] <= 60 { said[current] = said[current] $0 "\n" }

END {
    for (i = 1; i <= boots; i++) {
        if (!ended[i] || !planned[i]) {
            problem[++problems] = "boot " i (ended[i] ? " planned no cases" : " did not come to its end")
        }
    }
    for (i = 1; i <= problems; i++) {
        name = "guest-" i
        plan(name)
        state[name] = problem[i]
    }
    for (i = 1; i <= count; i++) {
        failures += state[names[i]] != ""
        total += millis[names[i]]
    }
    printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\"" \
        " errors=\"0\" skipped=\"0\" time=\"%.3f\">\n", suite, count, failures, total / 1000 > report
    for (i = 1; i <= count; i++) {
        name = names[i]
        printf "  <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\">\n", suite, xml(name), millis[name] / 1000 > report
        if (state[name] != "") {
            printf "    <failure message=\"%s\">%s</failure>\n", xml(state[name]), xml(said[name]) > report
            printf "FAILED %s: %s\n%s", name, state[name], said[name]
        }
        printf "  </testcase>\n" > report
    }
    printf "</testsuite>\n" > report
    printf "%-22s %d cases, %d failed, %.0f s in cases\n", suite ":", count, failures, total / 1000
    exit failures > 0
}
