# SPDX-License-Identifier: BSD-3-Clause
# needs: php
# reports: php 12
# -n: only what is built in; php-extensions.sh is about the others.
cat >work.php <<'PHP'
<?php
class Node { public array $next = []; public function __construct(public string $name) {} }
$table = [];
for ($i = 0; $i < 30000; $i++) $table["key $i"] = str_repeat(chr(65 + $i % 26), $i % 300);
ksort($table);
echo count($table), " ", md5(implode(",", $table)), "\n";
for ($n = 0; $n < 500; $n++) {
    $a = new Node("a$n"); $b = new Node("b$n");
    $a->next[] = $b; $b->next[] = $a;
}
echo gc_collect_cycles() > 0 ? "cycles\n" : "none\n";
$json = json_encode(array_slice($table, 0, 3000, true));
echo strlen($json), " ", count(json_decode($json, true)), "\n";
echo strlen(preg_replace_callback('/[A-F]+/', fn($m) => strlen($m[0]), $json)), "\n";
echo sha1(gzuncompress(gzcompress($json))), " ", hash("sha256", $json), "\n";
echo bin2hex(openssl_digest($json, "sha512", true)), "\n";
function numbers(int $to) { for ($i = 0; $i < $to; $i++) yield $i => [$i]; }
$sum = 0;
foreach (numbers(20000) as $i => [$value]) $sum += $value;
echo $sum, "\n";
foreach ([1, 2, 3] as $n) {
    $pid = pcntl_fork();
    if ($pid == 0) {
        $table = array_filter($table, fn($text) => strlen($text) % 3 == $n - 1);
        echo "child $n ", count($table), "\n";
        exit($n);
    }
    pcntl_waitpid($pid, $status);
    echo pcntl_wexitstatus($status), "\n";
}
echo shell_exec("echo from a child");
try { intdiv(1, 0); } catch (DivisionByZeroError $e) { echo $e->getMessage(), "\n"; }
ini_set("memory_limit", "24M");
$all = "";
while (true) $all .= str_repeat("x", 1 << 20);
PHP
# The last loop ends it, with 255; without its own allocator PHP can't limit itself.
status=0
php -n -d display_errors=1 work.php || status=$?
echo "status $status"
export USE_ZEND_ALLOC=0
sed '/memory_limit/,$d' work.php >zend.php
php -n zend.php
php -n -r 'echo strrev(number_format(1234567.891, 2)), "\n";'
echo '<?= implode(",", array_map(fn($i) => $i ** 2, range(1, 50))) ?>' | php -n
echo
if php -n -l work.php && ! echo '<?php if (' | php -n -l; then echo "status 255"; fi
