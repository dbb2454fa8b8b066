/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.cordon;

import io.cordon.fault.FaultGuard;
import io.cordon.fault.MappingFault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiDocValues;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.MMapDirectory;

/**
 * Searches an index of the licences of this Java while pages of its files are lost. Arguments: a folder; "guarded" or
 * "alone". Lucene is as it comes.
 */
final class LuceneChild {
    private static final int PAGE = 4096;
    private static final int HITS = 100;
    private static final int LINES = 4;
    private static final List<Query> QUERIES = queries();

    private final Path index;
    private final Path backup;
    private final BlockingQueue<MappingFault> faults = new LinkedBlockingQueue<>();

    private LuceneChild(final Path folder) throws IOException {
        index = Files.createDirectory(folder.resolve("index"));
        backup = Files.createDirectory(folder.resolve("backup"));
    }

    /** Dies, or says what it has found. */
    public static void main(final String[] arguments) throws Exception {
        final LuceneChild child = new LuceneChild(Path.of(arguments[0]).toRealPath());
        child.write();
        if (arguments[1].equals("guarded")) {
            try (FaultGuard guard = FaultGuard.guardFiles(path -> path.startsWith(child.index), child.faults::add)) {
                child.readGuarded(guard);
            }
        } else {
            child.readAlone();
        }
        System.out.println("done");
    }

    private static List<Query> queries() {
        final List<Query> queries = new ArrayList<>();
        for (final String word
            : List.of("license", "copyright", "warranty", "software", "liability", "unicode", "the")) {
            queries.add(new TermQuery(new Term("body", word)));
        }
        queries.add(new PhraseQuery("body", "without", "warranty"));
        queries.add(new PhraseQuery(1, "body", "in", "no", "event"));
        queries.add(new BooleanQuery.Builder()
            .add(new TermQuery(new Term("body", "software")), BooleanClause.Occur.MUST)
            .add(new TermQuery(new Term("body", "damages")), BooleanClause.Occur.MUST).build());
        return queries;
    }

    /** Two segments, each file by itself. */
    private void write() throws IOException {
        final List<String> texts = new ArrayList<>();
        try (Stream<Path> legal = Files.walk(Path.of(System.getProperty("java.home"), "legal"))) {
            for (final Path path : legal.filter(Files::isRegularFile).sorted().toList()) {
                final List<String> lines = Files.readAllLines(path, StandardCharsets.ISO_8859_1);
                for (int i = 0; i < lines.size(); i += LINES) {
                    texts.add(String.join("\n", lines.subList(i, Math.min(lines.size(), i + LINES))));
                }
            }
        }
        final IndexWriterConfig configuration = new IndexWriterConfig(new StandardAnalyzer())
            .setUseCompoundFile(false).setMergePolicy(NoMergePolicy.INSTANCE);
        try (MMapDirectory directory = new MMapDirectory(index);
            IndexWriter writer = new IndexWriter(directory, configuration)) {
            for (int i = 0; i < texts.size(); i++) {
                final Document document = new Document();
                document.add(new NumericDocValuesField("number", i));
                document.add(new TextField("body", texts.get(i), Field.Store.YES));
                writer.addDocument(document);
                if (i == texts.size() / 2) {
                    writer.commit();
                }
            }
        }
        copy(index, backup);
        System.out.println("documents " + texts.size());
    }

    private static void copy(final Path from, final Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (final Path path : files.filter(Files::isRegularFile).toList()) {
                if (!path.endsWith("write.lock")) {
                    // In place: what is mapped is the same file.
                    try (FileChannel channel = FileChannel.open(to.resolve(path.getFileName()),
                        StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(Files.readAllBytes(path)), 0);
                    }
                }
            }
        }
    }

    private Path file(final String segment, final String suffix) throws IOException {
        try (Stream<Path> files = Files.list(index)) {
            return files.filter(path -> path.getFileName().toString().matches(segment + "[_.].*"))
                .filter(path -> path.toString().endsWith(suffix)).findFirst().orElseThrow();
        }
    }

    private static void cut(final Path path, final long size) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /** The numbers of the documents that a query finds, best first, with their scores. */
    private static Map<Query, List<String>> search(final IndexReader reader) throws IOException {
        final Map<Query, List<String>> found = new TreeMap<>((one, other) ->
            one.toString().compareTo(other.toString()));
        for (final Query query : QUERIES) {
            found.put(query, search(reader, query));
        }
        return found;
    }

    private static List<String> search(final IndexReader reader, final Query query) throws IOException {
        final List<String> found = new ArrayList<>();
        for (final ScoreDoc hit : new IndexSearcher(reader).search(query, HITS).scoreDocs) {
            final NumericDocValues numbers = MultiDocValues.getNumericValues(reader, "number");
            numbers.advanceExact(hit.doc);
            found.add(numbers.longValue() + " " + hit.score);
        }
        return found;
    }

    private static List<String> texts(final IndexReader reader) throws IOException {
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i < reader.maxDoc(); i++) {
            texts.add(reader.storedFields().document(i).get("body"));
        }
        return texts;
    }

    private void readAlone() throws IOException {
        try (MMapDirectory directory = new MMapDirectory(index);
            DirectoryReader reader = DirectoryReader.open(directory)) {
            search(reader);
            cut(file("_1", ".fdt"), PAGE);
            cut(file("_1", ".doc"), PAGE);
            try {
                texts(reader);
                search(reader);
                System.out.println("survived");
            } catch (final InternalError error) {
                System.out.println("InternalError " + error.getMessage());
            }
        }
    }

    private void readGuarded(final FaultGuard guard) throws Exception {
        final Map<Query, List<String>> wanted;
        final List<String> wantedTexts;
        try (MMapDirectory directory = new MMapDirectory(index);
            DirectoryReader reader = DirectoryReader.open(directory)) {
            guard.refresh();
            require(reader.leaves().size() == 2, "segments: " + reader.leaves());
            wanted = search(reader);
            wantedTexts = texts(reader);
            require(wanted.values().stream().noneMatch(List::isEmpty), "a query finds nothing: " + wanted);
            loseTexts(guard, reader, wanted, wantedTexts);
            losePostings(guard, reader, wanted);
        }
        copy(backup, index);
        try (MMapDirectory directory = new MMapDirectory(index);
            DirectoryReader reader = DirectoryReader.open(directory)) {
            guard.refresh();
            final long before = guard.faultCount();
            require(wanted.equals(search(reader)), "the reopened index finds something else");
            require(wantedTexts.equals(texts(reader)), "the reopened index has other texts");
            for (final LeafReaderContext leaf : reader.leaves()) {
                leaf.reader().checkIntegrity();
            }
            require(guard.faultCount() == before, "the reopened index fails");
        }
    }

    private void loseTexts(final FaultGuard guard, final IndexReader reader, final Map<Query, List<String>> wanted,
        final List<String> wantedTexts) throws Exception {
        final Path lost = file("_1", ".fdt");
        cut(lost, PAGE);
        // Nothing of these is in the file that is bad.
        require(wanted.equals(search(reader)), "queries that touch nothing bad find something else");
        require(guard.faultCount() == 0, "queries have touched something bad");
        final IndexReader sound = reader.leaves().getFirst().reader();
        require(wantedTexts.subList(0, sound.maxDoc()).equals(texts(sound)), "texts of the sound segment");
        require(guard.affectedRanges(lost).isEmpty(), "affected before anybody touched it");
        int wrong = 0;
        int thrown = 0;
        for (int i = sound.maxDoc(); i < reader.maxDoc(); i++) {
            try {
                wrong += wantedTexts.get(i).equals(reader.storedFields().document(i).get("body")) ? 0 : 1;
            } catch (IOException | RuntimeException _) {
                thrown++;
            }
        }
        require(wrong + thrown > 0, "nothing was lost");
        System.out.println("texts lost " + wrong + ", refused by Lucene " + thrown);
        require(!guard.affectedRanges(lost).isEmpty(), "not affected");
        final MappingFault fault = faults.take();
        require(fault.file().equals(lost) && fault.offset() >= PAGE, "told: " + fault);
        System.out.println("told " + fault.file().getFileName());
        require(wanted.equals(search(reader)), "queries that touch nothing bad find something else after that");
    }

    private void losePostings(final FaultGuard guard, final IndexReader reader, final Map<Query, List<String>> wanted)
        throws Exception {
        final Path lost = file("_1", ".doc");
        final IndexReader sound = reader.leaves().getFirst().reader();
        final Map<Query, List<String>> wantedOfSound = search(sound);
        cut(lost, PAGE);
        int wrong = 0;
        for (final Query query : QUERIES) {
            final long before = guard.faultCount();
            List<String> found = List.of("nothing");
            try {
                found = search(reader, query);
            } catch (final IOException | RuntimeException failure) {
                System.out.println("thrown " + failure);
            }
            if (!found.equals(wanted.get(query))) {
                wrong++;
                require(!guard.affectedRanges(lost).isEmpty(), "a wrong answer that nobody can know of: " + query);
            } else {
                System.out.println("right " + query + ", new faults " + (guard.faultCount() - before));
            }
        }
        System.out.println("answers wrong " + wrong + ", told of by affected() " + guard.affectedRanges(lost));
        require(!guard.affectedRanges(lost).isEmpty(), "no posting was lost");
        require(wantedOfSound.equals(search(sound)), "the sound segment");
        MappingFault fault = faults.take();
        while (!fault.file().equals(lost)) {
            fault = faults.take();
        }
        System.out.println("told " + fault.file().getFileName());
    }

    private static void require(final boolean condition, final String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
